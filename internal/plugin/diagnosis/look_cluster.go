package diagnosis

import (
	"net/netip"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// configured looks at the value itself: the condition may be True for other peers, and a value that the agents do not have
// helps nobody.
func configured(end, peer End) result {
	cilium := end.Cluster.Status.Cilium
	if cilium != nil && len(cilium.UncoveredCIDRs) > 0 {
		return fails("The value of PeeredCluster %s does not cover %s, so packets there leave with the node's address.", end.Cluster.Name, message.List(cilium.UncoveredCIDRs))
	}
	found := judge(v1alpha1.ConditionCiliumConfigured, meta.FindStatusCondition(end.Cluster.Status.Conditions, v1alpha1.ConditionCiliumConfigured))
	if found.outcome != Holds || cilium == nil || cilium.EffectiveCIDR == "" {
		return found
	}
	value := parsed(cilium.EffectiveCIDR)
	if len(value) == 0 {
		return unclear("The value %q of PeeredCluster %s is no CIDR.", cilium.EffectiveCIDR, end.Cluster.Name)
	}
	for _, block := range peer.blocks() {
		if block.Addr().Is4() && !cidr.Contains(value, block) && listed(end.Cluster, block) {
			return fails("The value %s of PeeredCluster %s does not contain %s, so packets there leave with the node's address.", value[0], end.Cluster.Name, block)
		}
	}
	return found
}

// listed reports whether the cluster is asked to cover a block: what is excluded need not be covered.
func listed(cluster *v1alpha1.PeeredCluster, block netip.Prefix) bool {
	for _, peering := range cluster.Status.Peerings {
		for _, wanted := range peering.CIDRBlocks {
			if wanted == block.String() {
				return true
			}
		}
	}
	return false
}

// renewed looks at the one node where it is known, and at all of them elsewhere.
func renewed(end, _ End) result {
	for _, node := range end.Cluster.Status.BlockedNodes {
		if end.Node == "" || end.Node == node.Name {
			return fails("Node %s of PeeredCluster %s is blocked: %s", node.Name, end.Cluster.Name, node.Message)
		}
	}
	return judge(v1alpha1.ConditionNodesUpToDate, meta.FindStatusCondition(end.Cluster.Status.Conditions, v1alpha1.ConditionNodesUpToDate))
}
