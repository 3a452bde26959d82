package rollout

import (
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

func TestN2ANodeWhosePodAsksForATimeIsLookedAtAgainWhenThatIsOver(t *testing.T) {
	t.Parallel()
	in := inputOf(with(staleNode("a"), func(n *Node) {
		n.Undrainable = &Finding{Reason: podrules.ReasonPodRefusesForNow, Message: "for a while", Until: epoch.Add(time.Hour + 7*time.Minute)}
	}))
	in.Selection.Hostnames = []string{"a"}
	got := Plan(in)
	if got.State != StateBlocked || got.LookAgain != 7*time.Minute || len(got.Steps) > 0 {
		t.Errorf("%s, look again in %s, %v; want it blocked for 7 minutes", got.State, got.LookAgain, got.Steps)
	}
}

func TestKarpenterIsNotStuckWhileItsNodesAskedForATime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		freeSince time.Time
		stuck     bool
	}{
		"the time was over a minute ago":        {epoch.Add(59 * time.Minute), false},
		"the time was over before the deadline": {epoch.Add(-time.Hour), true},
		"nobody asked":                          {time.Time{}, true},
	} {
		in := inputOf(with(staleNode("a"), func(n *Node) { n.Way, n.NodePool, n.FreeSince = WayNodePool, "p", c.freeSince }))
		in.NodePools = map[string]NodePool{"p": {Mark: "r1", Progress: epoch}}
		if got := Plan(in).State == StateProgressDeadlineExceeded; got != c.stuck {
			t.Errorf("%s: stuck %t, want %t", name, got, c.stuck)
		}
	}
}

func TestNoAgentIsRestartedThatWouldNotComeBack(t *testing.T) {
	t.Parallel()
	for way, stays := range map[Way]bool{WayRecycle: true, WayRestart: true, WayAutoScaling: false} {
		in := inputOf(with(staleNode("a"), func(n *Node) {
			n.Way, n.AgentBarred = way, "it does not tolerate the taint dedicated:NoSchedule of the node"
		}))
		in.Selection.Hostnames = []string{"a"}
		got := Plan(in)
		blocked := len(got.Steps) == 0 && len(got.BlockedNodes) == 1 && got.BlockedNodes[0].Reason == BlockedAgentBarred
		if blocked != stays {
			t.Errorf("%s: %v, blocked %v", way, got.Steps, got.BlockedNodes)
		}
	}
}
