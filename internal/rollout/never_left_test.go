package rollout

import (
	"strings"
	"testing"
	"time"
)

// TestANodeInHandThatIsNeverRemovedStopsTheRolloutAndIsNamed: a taint may stay, as when Cluster Autoscaler ends in the middle, or a
// finalizer of somebody else may keep the Node object.
func TestANodeInHandThatIsNeverRemovedStopsTheRolloutAndIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(*Node)
		said  string
	}{
		"a taint":                           {func(n *Node) { n.LeavingTaint = "ToBeDeletedByClusterAutoscaler" }, "(taint ToBeDeletedByClusterAutoscaler)"},
		"its object":                        {func(n *Node) { n.Deleting = true }, "(its Node object is deleted)"},
		"its group":                         {func(n *Node) { n.Instance.Leaving = true }, "(its Auto Scaling group terminates it)"},
		"a taint after its agent restarted": {func(n *Node) { n.LeavingTaint, n.Record.ProcessedTime = "karpenter.sh/disrupted", epoch }, "(taint karpenter.sh/disrupted)"},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputOf(with(held(staleNode("a"), false), c.leave), staleNode("b"))
			in.Nodes[0].Record.StartTime, in.Policy.MaxUnavailable = epoch, 2
			in.Selection.Hostnames = []string{"a", "b"}
			in.Now = epoch.Add(in.Policy.DrainTimeout + in.Policy.ProgressDeadline - time.Second)
			if early := Plan(in); early.State == StateProgressDeadlineExceeded || early.LookAgain > time.Second {
				t.Errorf("in time: %s, again in %s", early.State, early.LookAgain)
			}
			in.Now = in.Now.Add(time.Second)
			late := Plan(in)
			if late.State != StateProgressDeadlineExceeded || !strings.Contains(late.Message, "remove node a while crossvpc renewed it "+c.said) {
				t.Errorf("%s: %s", late.State, late.Message)
			}
			for _, step := range late.Steps {
				if step.Node != "" {
					t.Errorf("it goes on with %s %s", step.Kind, step.Node)
				}
			}
			in.Nodes = in.Nodes[1:]
			if gone := Plan(in); gone.State == StateProgressDeadlineExceeded {
				t.Errorf("once it is gone: %s", gone.Message)
			}
		})
	}
}
