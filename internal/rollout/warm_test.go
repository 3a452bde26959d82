package rollout

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// warmNode is stopped, in the warm pool of a group.
func warmNode(name string) Node {
	return with(staleNode(name), func(n *Node) {
		n.Ready, n.Agent, n.Evictable = false, nil, 0
		n.Instance = Instance{ID: "i-" + name, Group: "asg", Warm: true}
	})
}

func TestN1ANodeOfAWarmPoolUsesUpNoBudgetAndIsNotWorkedOn(t *testing.T) {
	t.Parallel()
	current := with(staleNode("c"), func(n *Node) { n.Freshness = FreshnessCurrent; n.Agent.ReadySince = epoch })
	for _, way := range []Way{WayRecycle, WayRestart, WayAutoScaling} {
		as := func(n Node) Node { n.Way = way; return n }
		in := inputOf(as(staleNode("a")), as(warmNode("w")))
		in.Selection.Hostnames = []string{"a", "w"}
		if got := Plan(in); len(got.Steps) != 1 || got.Steps[0].Node != "a" || got.Counts.Total != 1 || got.Counts.Unmanaged != 1 || len(got.BlockedNodes) > 0 {
			t.Errorf("%s: %v, %+v, blocked %v; want work on a alone", way, got.Steps, got.Counts, got.BlockedNodes)
		}
		in = inputOf(as(current), as(warmNode("w")))
		in.Selection.Hostnames = []string{"w"}
		if got := Plan(in); got.State != StateUpToDate || len(got.Steps) > 0 {
			t.Errorf("%s: %s, %v; want it up to date with a warm node held back", way, got.State, got.Steps)
		}
		in.Nodes[1].Instance.Warm = false
		if got := Plan(in); got.State == StateUpToDate {
			t.Errorf("%s: a stopped node of no warm pool is up to date", way)
		}
	}
}

func TestN1AWarmPoolFillsNoGroupThatIsShort(t *testing.T) {
	t.Parallel()
	in := inputOf(with(staleNode("a"), func(n *Node) { n.Way, n.Instance = WayAutoScaling, Instance{ID: "i-a", Group: "asg"} }), warmNode("w"))
	in.Selection.Hostnames = []string{"a", "w"}
	in.Groups = map[string]Group{"asg": {Desired: 2}}
	if got := Plan(in); len(got.Steps) > 0 || got.State != StateBlocked {
		t.Errorf("%s, %v; want the group's shortage to use up the budget", got.State, got.Steps)
	}
}

func TestASuccessorMayComeFromAWarmPool(t *testing.T) {
	t.Parallel()
	since := epoch.Add(30 * time.Minute)
	old := with(staleNode("w"), func(n *Node) {
		n.Way, n.Freshness, n.Created, n.ReadySince = WayAutoScaling, FreshnessCurrent, epoch.Add(-time.Hour), since.Add(time.Minute)
		n.Instance, n.Agent.ReadySince = Instance{ID: "i-w", Group: "asg"}, since.Add(2*time.Minute)
	})
	for name, c := range map[string]struct {
		node Node
		pool bool
		want []string
	}{
		"one that came out of the pool":       {old, true, []string{"MarkSuccessor w", "ClearReplacement "}},
		"one that is in the pool":             {with(old, func(n *Node) { n.Instance.Warm, n.Created = true, since.Add(time.Minute) }), true, nil},
		"one that was in service before":      {with(old, func(n *Node) { n.ReadySince = epoch }), true, nil},
		"one that was away, in another group": {old, false, nil},
	} {
		in := inputOf(c.node)
		in.Selection = RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectAllBut}}
		in.Replacements = []Replacement{{InstanceID: "i-gone", Group: "asg", Since: since}}
		in.Groups = map[string]Group{"asg": {Desired: 1, WarmPool: c.pool}}
		if diff := cmp.Diff(c.want, kinds(Plan(in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
