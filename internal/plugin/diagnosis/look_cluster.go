package diagnosis

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// configured looks at the value itself: the condition may be True for other peers, and a value that the agents do not have
// helps nobody.
func configured(e Evidence, end, peer End) result {
	cluster := end.Cluster
	if found := uncovered(cluster, peer); found != nil {
		return *found
	}
	found := judge(v1alpha1.ConditionCiliumConfigured, meta.FindStatusCondition(cluster.Status.Conditions, v1alpha1.ConditionCiliumConfigured))
	if found.outcome != Holds {
		return found
	}
	if missing := notCovered(e, end, peer); missing != nil {
		return *missing
	}
	if !takenUp(cluster, e.Peering) {
		return unclear("PeeredCluster %s does not name VPCPeering %s/%s in its status.peerings, so CiliumConfigured says nothing about it. Look at the condition ClustersReady of the VPCPeering.",
			cluster.Name, e.Peering.Namespace, e.Peering.Name)
	}
	return found
}

// uncovered looks at the IPv6 blocks that no option makes pods reach; nil: it is not about them.
func uncovered(cluster *v1alpha1.PeeredCluster, peer End) *result {
	if cluster.Status.Cilium == nil {
		return nil
	}
	asked := peer.addresses()
	lost := cidr.Intersection(asked, parsed(cluster.Status.Cilium.UncoveredCIDRs...))
	switch {
	case len(lost) == 0:
		return nil
	case len(cidr.Difference(asked, lost)) == 0:
		return new(fails("The value of PeeredCluster %s does not cover %s, so packets there leave with the node's address.", cluster.Name, message.List(cidr.Strings(lost))))
	}
	return new(unclear("The value of PeeredCluster %s does not cover %s of the peer, so packets there leave with the node's address. Name the address or the pod that you mean.",
		cluster.Name, message.List(cidr.Strings(lost))))
}

// notCovered compares the value that new nodes boot with and the peer's blocks, less those that the spec leaves out; nil: it
// contains them, or pods do not need it.
func notCovered(e Evidence, end, peer End) *result {
	cluster := end.Cluster
	if !needsValue(cluster) {
		return nil
	}
	value := parsed(cluster.Status.Cilium.EffectiveCIDR)
	if len(value) == 0 {
		return new(unclear("The value %q of PeeredCluster %s is no CIDR.", cluster.Status.Cilium.EffectiveCIDR, cluster.Name))
	}
	for _, block := range peer.asked() {
		if block.Addr().Is4() && !cidr.Contains(value, block) && leftOut(*e.Peering, end, block) == "" {
			return new(fails("The value %s of PeeredCluster %s does not contain %s, so packets there leave with the node's address.", value[0], cluster.Name, block))
		}
	}
	return nil
}

// Values of status.cilium.backend where a list is written in place of a value.
const (
	byIPMasqAgent = "IPMasqAgent"
	byAWSNode     = "AWSNode"
)

// needsValue is false where pods keep their address whatever the value is: without masquerading, by a version of Cilium that
// routes every destination, or by a list in place of the value.
func needsValue(cluster *v1alpha1.PeeredCluster) bool {
	cilium := cluster.Status.Cilium
	if cilium == nil || cilium.EffectiveCIDR == "" || cilium.Backend == byIPMasqAgent || cilium.Backend == byAWSNode {
		return false
	}
	condition := meta.FindStatusCondition(cluster.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
	return condition == nil || condition.Reason != v1alpha1.ReasonNotRequired
}

// takenUp reports whether the cluster's conditions are also about a VPCPeering.
func takenUp(cluster *v1alpha1.PeeredCluster, peering *v1alpha1.VPCPeering) bool {
	return slices.ContainsFunc(cluster.Status.Peerings, func(covered v1alpha1.ClusterPeering) bool {
		return covered.Namespace == peering.Namespace && covered.Name == peering.Name
	})
}

// renewed looks at the one node where it is known, and at all of them elsewhere.
func renewed(_ Evidence, end, _ End) result {
	for _, node := range end.Cluster.Status.BlockedNodes {
		if end.Node == "" || end.Node == node.Name {
			return fails("Node %s of PeeredCluster %s is blocked: %s", node.Name, end.Cluster.Name, node.Message)
		}
	}
	return judge(v1alpha1.ConditionNodesUpToDate, meta.FindStatusCondition(end.Cluster.Status.Conditions, v1alpha1.ConditionNodesUpToDate))
}
