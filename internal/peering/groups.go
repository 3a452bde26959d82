package peering

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// eksClusterTag is on the group that EKS makes for a cluster and puts on the
// control plane's interfaces (EKS user guide, "Security group requirements").
const eksClusterTag = "aws:eks:cluster-name"

// SelectGroups picks the security groups of a side that admit the peer.
func SelectGroups(request Request, snapshot Snapshot, role Role) Selection[SecurityGroup] {
	return unmanagedGroups(request, snapshot, role, selectGroups(request, snapshot, role))
}

func selectGroups(request Request, snapshot Snapshot, role Role) Selection[SecurityGroup] {
	groups := snapshot.At(role).everyGroup()
	spec := request.side(role).SecurityGroups
	if spec.Groups == v1alpha1.SelectSelected {
		return selectedGroups(spec, groups, *request.Sides.At(role))
	}
	return autoGroups(request, groups, role)
}

// OpensControlPlane reports whether the group is an EKS cluster group: a rule on
// it also admits the peer to the control plane's interfaces.
func (g SecurityGroup) OpensControlPlane() bool {
	_, ok := g.Tags[eksClusterTag]
	return ok
}

// autoGroups picks the fewest groups such that every interface that carries pods
// has one of them; rules of several groups on one interface add up.
func autoGroups(request Request, groups []SecurityGroup, role Role) Selection[SecurityGroup] {
	networks := *request.Networks.At(role)
	selection := Selection[SecurityGroup]{Incomplete: slices.Contains(networks, nil)}
	uncovered := interfaceGroups(networks, groups)
	preferred := groupsWithRules(request.inventory(role))
	for len(uncovered) > 0 {
		best := bestGroup(request, role, groups, uncovered, preferred)
		selection.Items = append(selection.Items, best)
		uncovered = slices.DeleteFunc(uncovered, func(set []string) bool { return slices.Contains(set, best.ID) })
	}
	slices.SortFunc(selection.Items, func(a, b SecurityGroup) int { return cmp.Compare(a.ID, b.ID) })
	return selection
}

// interfaceGroups lists the sets of groups on pod interfaces, less the groups
// that are no longer in the VPC.
func interfaceGroups(networks []*v1alpha1.ClusterNetwork, groups []SecurityGroup) [][]string {
	var sets [][]string
	for _, network := range networks {
		if network == nil {
			continue
		}
		for _, set := range network.InterfaceGroups {
			known := slices.DeleteFunc(slices.Clone(set.SecurityGroupIDs), func(id string) bool {
				return !slices.ContainsFunc(groups, func(g SecurityGroup) bool { return g.ID == id })
			})
			if len(known) > 0 {
				sets = append(sets, known)
			}
		}
	}
	return sets
}

func groupsWithRules(inventory v1alpha1.SideInventory) map[string]bool {
	groups := map[string]bool{}
	for _, rule := range inventory.SecurityGroupRules {
		groups[rule.SecurityGroupID] = true
	}
	return groups
}

// bestGroup ranks candidates: what the identity can change and allows, not the EKS cluster group, not one that ACK manages, then the most
// interfaces, then one that has our rules already, then the smallest id.
func bestGroup(request Request, role Role, groups []SecurityGroup, uncovered [][]string, preferred map[string]bool) SecurityGroup {
	away := func(g SecurityGroup) bool { return outOfReach(request, role, g) != nil }
	allowed := request.Allowed.At(role)
	var candidates []SecurityGroup
	covers := map[string]int{}
	for _, group := range groups {
		for _, set := range uncovered {
			if slices.Contains(set, group.ID) {
				covers[group.ID]++
			}
		}
		if covers[group.ID] > 0 {
			candidates = append(candidates, group)
		}
	}
	return slices.MinFunc(candidates, func(a, b SecurityGroup) int {
		return cmp.Or(
			compareBool(away(a), away(b)),
			compareBool(allowed.group(b), allowed.group(a)),
			compareBool(a.OpensControlPlane(), b.OpensControlPlane()),
			compareBool(newToACK(a, preferred), newToACK(b, preferred)),
			covers[b.ID]-covers[a.ID],
			compareBool(preferred[b.ID], preferred[a.ID]),
			cmp.Compare(a.ID, b.ID),
		)
	})
}

// newToACK: ACK manages the group, and would remove what it does not know; where rules of ours are already, they stay.
func newToACK(group SecurityGroup, preferred map[string]bool) bool {
	return controllerTag(group.Tags) != "" && !preferred[group.ID]
}

func selectedGroups(spec v1alpha1.SideSecurityGroups, groups []SecurityGroup, side Side) Selection[SecurityGroup] {
	var selection Selection[SecurityGroup]
	matched := false
	for _, group := range groups {
		byTag := len(spec.SecurityGroupTags) > 0 && hasTags(group.Tags, spec.SecurityGroupTags)
		matched = matched || byTag
		if byTag || slices.Contains(spec.SecurityGroupIDs, group.ID) {
			selection.Items = append(selection.Items, group)
		}
	}
	for _, id := range without(spec.SecurityGroupIDs, groups) {
		selection.Findings = append(selection.Findings, notSeen(side, id))
	}
	slices.SortFunc(selection.Items, func(a, b SecurityGroup) int { return cmp.Compare(a.ID, b.ID) })
	if len(spec.SecurityGroupTags) > 0 && !matched {
		selection.Findings = append(selection.Findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"spec.%s.securityGroups.securityGroupTags: No security group of %s carries %s. Correct the tags.", side.Role, side.VPC, tagText(spec.SecurityGroupTags))})
	}
	return selection
}

// notSeen: in a shared VPC a group that neither identity sees need not be a mistake in the id.
func notSeen(side Side, id string) Finding {
	text := fmt.Sprintf("spec.%s.securityGroups.securityGroupIDs: %s is not a security group of %s.", side.Role, id, side.VPC)
	if side.Shared() {
		return Finding{v1alpha1.ReasonSelection, fmt.Sprintf("%s Neither AWSIdentity %s (account %s) nor %s (account %s) sees it. Correct the id, or name an AWSIdentity of the group's account in spec.%s.securityGroups.identityRef.",
			text, side.Identity, side.Account, side.GroupsIdentity, side.GroupsAccount, side.Role)}
	}
	return Finding{v1alpha1.ReasonSelection, text + " Correct the id."}
}

// checkGroups reports selectors that fit nothing, before the first write.
func checkGroups(request Request, snapshot Snapshot, role Role) []Finding {
	if snapshot.At(role).VPC == nil || snapshot.At(role).Unread.Groups {
		return nil
	}
	selection := SelectGroups(request, snapshot, role)
	return append(selection.Findings, foreignGroups(request, selection.Items, role)...)
}

// foreignGroups reports selected groups that nobody could change: the owner of a shared VPC sees the groups of others
// there, and may not change them (VPC user guide, "Responsibilities and permissions for owners and participants").
func foreignGroups(request Request, selected []SecurityGroup, role Role) []Finding {
	if request.side(role).SecurityGroups.Groups == v1alpha1.SelectNone {
		return nil
	}
	var findings []Finding
	for _, group := range selected {
		if found := outOfReach(request, role, group); found != nil {
			findings = append(findings, *found)
		}
	}
	return findings
}

// foreignGroup reports whether the group is of another account than the one whose identity would change it.
func foreignGroup(request Request, role Role, group SecurityGroup) bool {
	return group.Owner != "" && group.Owner != request.Sides.At(role).OfGroups().Account
}
