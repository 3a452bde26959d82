package clusterview

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// exposedWithoutAgent says, by NodePool, which of its nodes without an agent has something that must not be disturbed, and
// that Karpenter would not spare. Nothing is to be renewed there, so the planner does not know those nodes, but a mark has
// Karpenter replace them like all others of the pool (N2).
func (v *View) exposedWithoutAgent(q Question) map[string]*rollout.Finding {
	exposed := map[string]*rollout.Finding{}
	var pods map[string][]*corev1.Pod
	for i := range v.Nodes {
		node := &v.Nodes[i]
		if node.Labels[podrules.NodePoolLabel] == "" || !v.RunsNoAgent(node) {
			continue
		}
		if pods == nil {
			pods = v.PodsByNode()
		}
		shown := v.rolloutNode(q, node, pods[node.Name])
		if shown.NodePool != "" && shown.Exposed != nil && exposed[shown.NodePool] == nil && !shown.Leaving() {
			exposed[shown.NodePool] = &rollout.Finding{Reason: shown.Exposed.Reason, Until: shown.Exposed.Until, Message: fmt.Sprintf("Karpenter would replace every node of NodePool %s, "+
				"also %s, which runs no Cilium agent, and not spare this there: %s", shown.NodePool, node.Name, shown.Exposed.Message)}
		}
	}
	return exposed
}
