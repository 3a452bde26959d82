package peeredcluster

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// reportPlace writes where the cluster is. What was once seen is kept: a node
// group at zero, or a node that is just booting, withdraws nothing (A11).
func (p *pass) reportPlace() {
	status, seen := &p.object.Status, p.observed.footprint
	status.Region = cmp.Or(p.object.Spec.Region, v1alpha1.Region(seen.Region), status.Region)
	status.VPCID = cmp.Or(p.object.Spec.VPCID, v1alpha1.VPCID(seen.VPCID), status.VPCID)
	if blocks := seen.Blocks(); len(blocks) > 0 {
		status.CIDRBlocks = cidr.Strings(blocks)
	}
	status.Network = merged(status.Network, seen)
}

// merged adds what is seen to what is known. Nothing is known until a node has
// reported its interfaces.
func merged(known *v1alpha1.ClusterNetwork, seen cilium.Footprint) *v1alpha1.ClusterNetwork {
	sets := seen.PodGroupSets()
	if known == nil && len(sets) == 0 {
		return nil
	}
	network := &v1alpha1.ClusterNetwork{}
	if known != nil {
		network = known.DeepCopy()
	}
	for _, subnet := range seen.SubnetIDs {
		if !slices.Contains(network.SubnetIDs, subnet) {
			network.SubnetIDs = append(network.SubnetIDs, subnet)
		}
	}
	slices.Sort(network.SubnetIDs)
	for _, set := range sets {
		has := func(groups v1alpha1.InterfaceGroups) bool { return slices.Equal(groups.SecurityGroupIDs, set) }
		if !slices.ContainsFunc(network.InterfaceGroups, has) {
			network.InterfaceGroups = append(network.InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: set})
		}
	}
	slices.SortFunc(network.InterfaceGroups, func(a, b v1alpha1.InterfaceGroups) int {
		return slices.Compare(a.SecurityGroupIDs, b.SecurityGroupIDs)
	})
	return network
}
