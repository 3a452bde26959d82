package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// groups looks at the groups of each kind of interface that carries pods: what they
// admit from the peer and what they let out to it. They know connections, so
// answers need no rule.
func (c *pathCheck) groups(role Role) {
	sets := c.groupSets(role)
	if len(sets) == 0 && len(c.request.side(role).ClusterRefs) == 0 {
		c.path.Groupless = append(c.path.Groupless, role)
	}
	for _, set := range sets {
		if c.hidden(role, set) {
			c.unknown("the rules of %s (%s), which another account has", strings.Join(set, ", "), role)
			continue
		}
		c.groupSet(role, set, true)
		c.groupSet(role, set, false)
	}
}

// groupSets: rules of several groups on one interface add up.
func (c *pathCheck) groupSets(role Role) [][]string {
	sets := interfaceGroups(*c.request.Networks.At(role), c.snapshot.At(role).everyGroup())
	if len(c.request.side(role).ClusterRefs) == 0 {
		for _, group := range SelectGroups(c.request, c.snapshot, role).Items {
			sets = append(sets, []string{group.ID})
		}
	}
	slices.SortFunc(sets, slices.Compare)
	return slices.CompactFunc(sets, slices.Equal)
}

// hidden: of groups of another account that show no rule at all, even none that lets out, nobody can say what they admit.
func (c *pathCheck) hidden(role Role, set []string) bool {
	foreign := func(id string) bool {
		return slices.ContainsFunc(c.snapshot.At(role).everyGroup(), func(g SecurityGroup) bool { return g.ID == id && foreignGroup(c.request, role, g) })
	}
	shown := func(rule SecurityGroupRule) bool { return slices.Contains(set, rule.GroupID) }
	return slices.ContainsFunc(set, foreign) && !slices.ContainsFunc(c.snapshot.At(role).Rules, shown)
}

func (c *pathCheck) groupSet(role Role, set []string, egress bool) {
	from, to := role.Other(), role
	way, peer := "in from", "ingress"
	if egress {
		from, to, way, peer = role, role.Other(), "out to", "egress"
	}
	blocks := c.peers(role)
	for _, traffic := range c.request.Admitted(to) {
		if part, left := c.refused(role, set, egress, traffic, blocks); len(left) > 0 {
			c.find(from, LosesConnections, v1alpha1.FindingGroupDenies, "Interfaces with %s (%s) let no %s %s %s. Add an %s rule to one of these groups%s.",
				strings.Join(set, ", "), role, part, way, cidr.Join(left), peer, c.orAllow(role, egress))
		}
	}
	if !egress && c.request.CrossesRegions() {
		if _, left := c.refused(role, set, egress, Traffic{Protocol: tooBig}, blocks); len(left) > 0 {
			c.find(role, LosesBig, v1alpha1.FindingPathMTU,
				"Interfaces with %s (%s) do not admit %s from %s, so full-size packets to the other region may get lost. Admit it, or set Cilium's mtu to 8500 or less.",
				strings.Join(set, ", "), role, tooBig, cidr.Join(left))
		}
	}
}

// orAllow is the other remedy for what is not let out.
func (c *pathCheck) orAllow(role Role, egress bool) string {
	groups := c.request.side(role).SecurityGroups
	if !egress || groups.Egress == v1alpha1.EgressAllow || groups.Groups == v1alpha1.SelectNone {
		return ""
	}
	return fmt.Sprintf(", or set spec.%s.securityGroups.egress to Allow", role)
}

// refused is the part of the blocks that no rule of the set is about. Rules add up, by blocks and by ports: each part of
// the ports that their ranges cut is looked at by itself, and the first that is refused is named.
func (c *pathCheck) refused(role Role, set []string, egress bool, traffic Traffic, blocks []netip.Prefix) (Traffic, []netip.Prefix) {
	var rules []SecurityGroupRule
	for _, rule := range c.snapshot.At(role).Rules {
		if rule.Egress == egress && slices.Contains(set, rule.GroupID) {
			rules = append(rules, c.spelled(role, rule, blocks)...)
		}
	}
	for _, part := range traffic.parts(rules) {
		left := refusedPart(rules, part, blocks)
		if len(left) == 0 || c.mayAdmit(rules, part) {
			continue
		}
		return traffic.part(part.From, part.To), left
	}
	return Traffic{}, nil
}

func refusedPart(rules []SecurityGroupRule, traffic Traffic, blocks []netip.Prefix) []netip.Prefix {
	var admitted []netip.Prefix
	for _, rule := range rules {
		if rule.Source.IsValid() && rule.admits(traffic) {
			admitted = append(admitted, rule.Source)
		}
	}
	return cidr.Difference(blocks, admitted)
}

// mayAdmit notes what is not known of rules that may admit what the others do not.
func (c *pathCheck) mayAdmit(rules []SecurityGroupRule, traffic Traffic) bool {
	unclear := false
	for _, rule := range rules {
		if rule.Source.IsValid() || !rule.admits(traffic) {
			continue
		}
		unclear = true
		switch {
		case rule.PrefixListID != "":
			c.unknown("the entries of prefix list %s, which rule %s of %s is about (%s)", rule.PrefixListID, rule.ID, rule.GroupID, message.Clause(rule.Unread))
		default:
			c.unknown("which interfaces of the peer carry %s, which rule %s of %s is about", rule.ReferencedGroupID, rule.ID, rule.GroupID)
		}
	}
	return unclear
}

// parts cuts the ports where rules begin and end.
func (t Traffic) parts(rules []SecurityGroupRule) []Traffic {
	if t.Protocol == tooBig {
		return []Traffic{t}
	}
	cuts := []int32{t.first()}
	for _, rule := range rules {
		for _, cut := range []int32{rule.FromPort, rule.ToPort + 1} {
			if cut > cuts[0] && cut <= t.To {
				cuts = append(cuts, cut)
			}
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var parts []Traffic
	for i, from := range cuts {
		to := t.To
		if i+1 < len(cuts) {
			to = cuts[i+1] - 1
		}
		parts = append(parts, Traffic{t.Protocol, from, to})
	}
	return parts
}

func (r SecurityGroupRule) admits(traffic Traffic) bool {
	switch {
	case r.Protocol == "-1":
		return true
	case r.Protocol != traffic.Protocol.name(r.Source):
		return false
	case traffic.Protocol == tooBig:
		return isTooBig(r.Source, r.FromPort, r.ToPort) // in rules about ICMP the ports are type and code
	default:
		return r.FromPort <= traffic.From && r.ToPort >= traffic.To || r.FromPort == -1
	}
}
