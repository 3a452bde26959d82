package peering

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// StrayGroups are the ids of groups that the spec selects or that are the only ones on a pod's interface, and that AWS
// did not list for the side's VPC. Such a group may be gone. In a VPC that AWS RAM shares, it may be of another
// participant: only the VPC's owner and itself see it there (VPC user guide, "Responsibilities and permissions for
// owners and participants"). And a group of another VPC may be associated with this one, which the filter vpc-id does
// not show (VPC user guide, "Associate security groups with multiple VPCs").
func StrayGroups(request Request, snapshot Snapshot, role Role) []string {
	side := snapshot.At(role)
	if side.VPC == nil || side.Unread.Groups || side.Unread.StrayGroups {
		return nil
	}
	var strays []string
	if spec := request.side(role).SecurityGroups; spec.Groups == v1alpha1.SelectSelected {
		strays = append(strays, without(spec.SecurityGroupIDs, side.Groups)...)
	}
	for _, network := range *request.Networks.At(role) {
		if network == nil {
			continue
		}
		for _, set := range network.InterfaceGroups {
			if unseen := without(set.SecurityGroupIDs, side.Groups); len(unseen) == len(set.SecurityGroupIDs) {
				strays = append(strays, unseen...)
			}
		}
	}
	slices.Sort(strays)
	return slices.Compact(strays)
}

// without leaves out the ids of groups that are known.
func without(ids []string, known []SecurityGroup) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return slices.ContainsFunc(known, func(g SecurityGroup) bool { return g.ID == id })
	})
}

// everyGroup is what is known of groups that the side may count on.
func (s SideSnapshot) everyGroup() []SecurityGroup { return slices.Concat(s.Groups, s.StrayGroups) }

// outOfReach says why the side's identity may change nothing in a group, and what to do; empty: it may.
// A group of another VPC is left alone also in the same account: an AWSIdentity is good for the VPCs it lists.
func outOfReach(request Request, role Role, group SecurityGroup) *Finding {
	side := request.Sides.At(role)
	by := side.OfGroups()
	switch {
	case foreignGroup(request, role, group):
		return &Finding{v1alpha1.ReasonWrongAccount, fmt.Sprintf(
			"Security group %s (%s) belongs to account %s, and AWSIdentity %s to account %s. Name an AWSIdentity of account %[3]s in spec.%[2]s.securityGroups.identityRef.",
			group.ID, role, group.Owner, by.Identity, by.Account)}
	case group.VPC != "" && group.VPC != side.VPC:
		return &Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"Security group %s (%s) is of %s, and crossvpc changes groups of %s alone. Put a group of %[4]s on the pods' interfaces too, or set spec.%[2]s.securityGroups.groups to None and admit the peer yourself.",
			group.ID, role, group.VPC, side.VPC)}
	}
	return nil
}
