package podrules

import "fmt"

// BlockedByNodePoolLimit names a node of a static NodePool that has no room for one more.
const BlockedByNodePoolLimit = "NodePoolLimitReached"

// Full says that Karpenter cannot replace nodes of a static NodePool: it launches the successor first, and its limit
// leaves no room for that (ReserveNodeCount in pkg/controllers/disruption/staticdrift.go of sigs.k8s.io/karpenter). nil: it
// can, or the NodePool is not static.
func (n *NodePool) Full() *Finding {
	limit, limited := n.Spec.Limits["nodes"]
	if n.Spec.Replicas == nil || !limited || limit.Value() > *n.Spec.Replicas {
		return nil
	}
	return &Finding{Reason: BlockedByNodePoolLimit, Message: fmt.Sprintf("NodePool %s has %d replicas and a limit of %s nodes, so Karpenter cannot launch a successor "+
		"for any of its nodes. Set spec.limits.nodes to more than %[2]d.", n.Metadata.Name, *n.Spec.Replicas, limit.String())}
}
