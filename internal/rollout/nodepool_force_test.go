package rollout

import (
	"testing"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// TestN2TheWishOfANodeStandsAlsoWherePodsMayBeForcedOut: Karpenter reads it before it looks at any pod.
func TestN2TheWishOfANodeStandsAlsoWherePodsMayBeForcedOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reason          string
		forced, leaving bool
		blocked         bool
	}{
		"a pod's wish, which Karpenter heeds":       {reason: podrules.ReasonPodRefuses, blocked: true},
		"a pod's wish, which a time limit ends":     {reason: podrules.ReasonPodRefuses, forced: true},
		"the node's wish":                           {reason: podrules.ReasonNodeRefuses, blocked: true},
		"the node's wish, which no time limit ends": {reason: podrules.ReasonNodeRefuses, forced: true, blocked: true},
		"the node's wish, and it is going already":  {reason: podrules.ReasonNodeRefuses, forced: true, leaving: true},
	} {
		in := inputOf(with(staleNode("a"), func(n *Node) {
			n.Way, n.NodePool, n.Forced, n.Deleting = WayNodePool, "p", c.forced, c.leaving
			n.Undrainable = &Finding{Reason: c.reason, Message: "It asks not to be disturbed."}
		}))
		in.NodePools, in.Selection.Hostnames = map[string]NodePool{"p": {}}, []string{"a"}
		in.Policy.MaxUnavailable = 2
		got := Plan(in)
		marks := len(got.Steps) == 1 && got.Steps[0].Kind == StepMarkNodePool
		named := len(got.BlockedNodes) == 1 && got.BlockedNodes[0].Reason == c.reason
		if marks == c.blocked || named != c.blocked {
			t.Errorf("%s: %v, blocked %v; want it blocked: %t", name, got.Steps, got.BlockedNodes, c.blocked)
		}
	}
}
