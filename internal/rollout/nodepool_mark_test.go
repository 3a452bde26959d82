package rollout

import (
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// TestN2OnlyForNodesThatHaveDriftedIsItTooLateToSpareWhatMustNotBeDisturbed: a value that is wanted again needs another mark,
// which has Karpenter replace the nodes that were made with the first one.
func TestN2OnlyForNodesThatHaveDriftedIsItTooLateToSpareWhatMustNotBeDisturbed(t *testing.T) {
	t.Parallel()
	wish := &Finding{Reason: podrules.ReasonPodRefusesForNow, Message: "Pod shop/db asks for a while.", Until: epoch.Add(67 * time.Minute)}
	for name, c := range map[string]struct {
		pool, node string
		otherNode  bool
		blocked    bool
	}{
		"no mark yet": {blocked: true},
		"no mark yet, on a node without an agent":            {otherNode: true, blocked: true},
		"the mark of another value":                          {pool: "r0", node: "r0", blocked: true},
		"the node has drifted":                               {pool: "r1"},
		"the node has drifted from one to the next":          {pool: "r1-2", node: "r1"},
		"the node drifted, on a node without an agent":       {pool: "r1", otherNode: true},
		"wanted again":                                       {pool: "r1", node: "r1", blocked: true},
		"wanted again, on a node without an agent":           {pool: "r1", node: "r1", otherNode: true, blocked: true},
		"wanted a third time":                                {pool: "r1-2", node: "r1-2", blocked: true},
		"a longer revision that begins with ours is no mark": {pool: "r10", node: "r10", blocked: true},
	} {
		in := inputOf(with(staleNode("a"), func(n *Node) {
			n.Way, n.NodePool, n.Mark = WayNodePool, "p", c.node
			if !c.otherNode {
				n.Exposed = wish
			}
		}))
		pool := NodePool{Mark: c.pool, Progress: in.Now}
		if c.otherNode {
			pool.Unmarkable = wish
		}
		in.NodePools, in.Selection.Hostnames = map[string]NodePool{"p": pool}, []string{"a"}
		got := Plan(in)
		named := len(got.BlockedNodes) == 1 && got.BlockedNodes[0].Reason == wish.Reason
		if len(got.Steps) > 0 || named != c.blocked {
			t.Errorf("%s: %v, blocked %v; want it blocked: %t", name, got.Steps, got.BlockedNodes, c.blocked)
		}
		if c.blocked && got.LookAgain != 7*time.Minute {
			t.Errorf("%s: looks again in %s, want it when the wish ends", name, got.LookAgain)
		}
	}
}

func TestANodePoolThatHasAMarkGetsAnother(t *testing.T) {
	t.Parallel()
	for mark, want := range map[string]string{"": "r1", "r0": "r1", "r10": "r1", "r1": "r1-2", "r1-2": "r1-3", "r1-9": "r1-10", "r1-x": "r1-2"} {
		if got := NextMark(mark, "r1"); got != want {
			t.Errorf("after %q: %q, want %q", mark, got, want)
		}
	}
}
