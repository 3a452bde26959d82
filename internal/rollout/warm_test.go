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

// TestWhatComesOutOfAWarmPoolIsJudgedByWhatItRuns: neither its age nor its time in the pool says anything.
func TestWhatComesOutOfAWarmPoolIsJudgedByWhatItRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held  []string
		runs  Freshness
		state State
		want  []string
	}{
		"held back, it boots with the old value and takes its turn": {[]string{"w"}, FreshnessStale, StateProgressing, []string{"Cordon w"}},
		"not held back, it boots with the value and counts":         {[]string{}, FreshnessCurrent, StateUpToDate, nil},
	} {
		in := inputOf(warmNode("w"))
		in.Selection.Hostnames = c.held
		if got := Plan(in); len(got.Steps) > 0 || got.Counts.Total != 0 {
			t.Errorf("%s: in the pool %v, %+v; want it held where it is", name, got.Steps, got.Counts)
		}
		in.Nodes = []Node{with(staleNode("w"), func(n *Node) { n.Freshness, n.Instance = c.runs, Instance{ID: "i-w", Group: "asg"} })}
		got := Plan(in)
		if diff := cmp.Diff(c.want, kinds(got)); diff != "" || got.State != c.state || got.Counts.Total != 1 {
			t.Errorf("%s: in service %s, %+v (-want +got):\n%s", name, got.State, got.Counts, diff)
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
		in.Groups = map[string]Group{"asg": {Desired: 2, WarmPool: c.pool}}
		if diff := cmp.Diff(c.want, kinds(Plan(in))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
