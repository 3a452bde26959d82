package peeredcluster

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// reportPlace writes where the cluster is, which stays from then on (A12).
func (s *subject) reportPlace(pin cilium.Pin, seen cilium.Footprint) {
	status := &s.Object.Status
	status.Region = v1alpha1.Region(cmp.Or(pin.Region, seen.Region))
	status.VPCID = v1alpha1.VPCID(cmp.Or(pin.VPCID, seen.VPCID))
	if blocks := seen.Blocks(); len(blocks) > 0 {
		status.CIDRBlocks = cidr.Strings(blocks)
	}
}

// merged adds what is seen to what is known. Nothing is known until a node has
// reported its interfaces. What was once seen is kept: a node group at zero, or a node
// that is just booting, withdraws nothing (A11).
func merged(known *v1alpha1.ClusterNetwork, seen cilium.Footprint) *v1alpha1.ClusterNetwork {
	sets := seen.PodGroupSets()
	if known == nil && len(sets) == 0 {
		return nil
	}
	network := &v1alpha1.ClusterNetwork{SubnetIDs: slices.Clone(seen.SubnetIDs)}
	for _, set := range sets {
		network.InterfaceGroups = append(network.InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: set})
	}
	if known != nil {
		network.SubnetIDs = append(network.SubnetIDs, known.SubnetIDs...)
		network.InterfaceGroups = append(network.InterfaceGroups, known.DeepCopy().InterfaceGroups...)
	}
	sameSet := func(a, b v1alpha1.InterfaceGroups) int { return slices.Compare(a.SecurityGroupIDs, b.SecurityGroupIDs) }
	network.SubnetIDs = firstOf(network.SubnetIDs, mostSubnets, cmp.Compare)
	network.InterfaceGroups = firstOf(network.InterfaceGroups, mostInterfaceGroups, sameSet)
	return network
}

// What status takes of each.
const (
	mostSubnets         = 200
	mostInterfaceGroups = 64
)

// firstOf sorts the first different items of a list: those that are seen now come
// before what was seen once.
func firstOf[T any](list []T, most int, compare func(a, b T) int) []T {
	var first []T
	for _, item := range list {
		same := func(other T) bool { return compare(item, other) == 0 }
		if len(first) < most && !slices.ContainsFunc(first, same) {
			first = append(first, item)
		}
	}
	slices.SortFunc(first, compare)
	return first
}
