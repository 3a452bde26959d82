package peeredcluster

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// doubtful says what to read to tell whether everything in status.network is
// still there: what no node shows now may belong to a group at zero, or be deleted.
func (h valueHistory) doubtful(tables []peering.RouteTable) aws.Kind {
	network := h.Object.Status.Network
	if network == nil {
		return 0
	}
	var kinds aws.Kind
	if slices.ContainsFunc(network.SubnetIDs, func(subnet string) bool { return !explicit(subnet, tables) }) {
		kinds |= aws.Subnets
	}
	if slices.ContainsFunc(network.InterfaceGroups, func(set v1alpha1.InterfaceGroups) bool { return !h.carried(set) }) {
		kinds |= aws.Groups
	}
	return kinds
}

// forgetDeleted drops subnets and groups that AWS does not have any more: a
// deleted subnet has no route table, which would be taken for being on the main one.
// What some node shows now is there, whatever a read says that may lag behind.
func (h valueHistory) forgetDeleted(tables []peering.RouteTable, existing peering.SideSnapshot) {
	network, seen := h.Object.Status.Network, h.view.Footprint.SubnetIDs
	if existing.Subnets != nil {
		network.SubnetIDs = slices.DeleteFunc(network.SubnetIDs, func(subnet string) bool {
			return !slices.Contains(existing.Subnets, subnet) && !explicit(subnet, tables) && !slices.Contains(seen, subnet)
		})
	}
	if existing.Groups != nil {
		network.InterfaceGroups = slices.DeleteFunc(network.InterfaceGroups, func(set v1alpha1.InterfaceGroups) bool {
			return !h.carried(set) && slices.ContainsFunc(set.SecurityGroupIDs, func(id string) bool { return !hasGroup(existing.Groups, id) })
		})
	}
}

// carried reports whether some interface carries exactly these groups now.
func (h valueHistory) carried(set v1alpha1.InterfaceGroups) bool {
	return slices.ContainsFunc(h.view.Footprint.PodGroupSets(), func(seen []string) bool { return slices.Equal(seen, set.SecurityGroupIDs) })
}

func hasGroup(groups []peering.SecurityGroup, id string) bool {
	return slices.ContainsFunc(groups, func(g peering.SecurityGroup) bool { return g.ID == id })
}
