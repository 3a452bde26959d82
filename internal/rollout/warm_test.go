package rollout

import (
	"slices"
	"strings"
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

// TestANodeThatRunsInAWarmPoolIsRenewedInPlace: it has joined and takes pods, so it needs the value like any other. Auto Scaling
// terminates no instance of a warm pool on request, so it is never replaced.
func TestANodeThatRunsInAWarmPoolIsRenewedInPlace(t *testing.T) {
	t.Parallel()
	running := with(staleNode("w"), func(n *Node) { n.Instance = Instance{ID: "i-w", Group: "asg", Warm: true, WarmRunning: true} })
	empty := with(running, func(n *Node) {
		n.Unschedulable, n.Evictable = true, 0
		n.Record = &Record{Revision: "r1", StartTime: epoch, Cordoned: true}
	})
	local := &Finding{Reason: "LocalVolume", Message: "A volume is on the node."}
	for name, c := range map[string]struct {
		node  Node
		want  string
		total int
	}{
		"it joined":                       {running, "Cordon w", 1},
		"its data stays where it is":      {with(running, func(n *Node) { n.LocalData = local }), "Cordon w", 1},
		"it has not joined":               {with(running, func(n *Node) { n.Ready = false }), "", 0},
		"it is stopped":                   {with(running, func(n *Node) { n.Instance.WarmRunning = false }), "", 0},
		"it is empty":                     {empty, "MarkProcessed w", 1},
		"we hold it, and it is not Ready": {with(empty, func(n *Node) { n.Ready = false }), "Uncordon w", 1},
	} {
		for _, way := range []Way{WayRecycle, WayAutoScaling} {
			c.node.Way = way
			in := inputOf(c.node)
			in.Selection.Hostnames, in.Groups = []string{"w"}, map[string]Group{"asg": {WarmPool: true}}
			got := Plan(in)
			var first string
			if len(got.Steps) > 0 {
				first = strings.TrimSpace(string(got.Steps[0].Kind) + " " + got.Steps[0].Node)
			}
			if got.Preview != nil && len(got.Preview.Blockers) > 0 {
				t.Errorf("%s, %s: blockers %v", name, way, got.Preview.Blockers)
			}
			if first != c.want || got.Counts.Total != c.total || (got.State == StateUpToDate) != (c.total == 0) {
				t.Errorf("%s, %s: %v, %s, %+v; want %q of %d nodes", name, way, got.Steps, got.State, got.Counts, c.want, c.total)
			}
		}
	}
}

// TestN1ANodeThatRunsInAWarmPoolUsesUpTheBudgetWhileWeHoldItAlone: it is no capacity that anybody misses.
func TestN1ANodeThatRunsInAWarmPoolUsesUpTheBudgetWhileWeHoldItAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		record *Record
		starts bool
	}{
		"somebody else cordoned it": {nil, true},
		"we did":                    {&Record{Revision: "r1", StartTime: epoch, Cordoned: true}, false},
	} {
		warm := with(staleNode("w"), func(n *Node) {
			n.Instance, n.Unschedulable, n.Record = Instance{ID: "i-w", Group: "asg", Warm: true, WarmRunning: true}, true, c.record
		})
		in := inputOf(staleNode("a"), warm)
		in.Selection.Hostnames = []string{"a", "w"}
		if starts := slices.Contains(kinds(Plan(in)), "Cordon a"); starts != c.starts {
			t.Errorf("%s: starts on a: %t, want %t", name, starts, c.starts)
		}
	}
}

// TestN4WhatWentIntoAWarmPoolIsNotTerminated: a group that takes back what it scales in took it while we waited.
func TestN4WhatWentIntoAWarmPoolIsNotTerminated(t *testing.T) {
	t.Parallel()
	in := inputOf(with(staleNode("w"), func(n *Node) {
		n.Way, n.Instance, n.Unschedulable, n.Evictable = WayAutoScaling, Instance{ID: "i-w", Group: "asg", Warm: true}, true, 0
		n.Record = &Record{Revision: "r1", StartTime: epoch, Cordoned: true, Replace: true, ProcessedTime: epoch}
	}))
	in.Selection.Hostnames = []string{}
	in.Replacements, in.Groups = []Replacement{{InstanceID: "i-w", Group: "asg", Since: epoch}}, map[string]Group{"asg": {Desired: 1, WarmPool: true}}
	if diff := cmp.Diff([]string{"ClearReplacement "}, kinds(Plan(in))[:1]); diff != "" || slices.Contains(kinds(Plan(in)), "TerminateInstance w") {
		t.Errorf("(-want +got):\n%s; %v", diff, Plan(in).Steps)
	}
	in.Replacements, in.Now = nil, in.Now.Add(24*time.Hour)
	in.Nodes[0].Ready, in.Nodes[0].Agent = false, nil
	got := Plan(in)
	if diff := cmp.Diff([]string{"Uncordon w"}, kinds(got)); diff != "" || got.State == StateProgressDeadlineExceeded || got.Counts.InProgress > 0 {
		t.Errorf("without the entry, a day later: %s, %s, %+v (-want +got):\n%s", got.State, got.Message, got.Counts, diff)
	}
}

// TestANodeThatIsStoppedInAWarmPoolWhileWeHoldItIsLetGo: it may be there for days, and would hold up all others.
func TestANodeThatIsStoppedInAWarmPoolWhileWeHoldItIsLetGo(t *testing.T) {
	t.Parallel()
	processed := Record{Revision: "r1", StartTime: epoch, Cordoned: true, ProcessedTime: epoch}
	for name, c := range map[string]struct {
		record Record
		want   []string
		leaves *Record
	}{
		"while it is drained":   {Record{Revision: "r1", StartTime: epoch, Cordoned: true}, []string{"Uncordon w"}, nil},
		"once it is empty":      {processed, []string{"Uncordon w"}, nil},
		"its agent alone":       {Record{Revision: "r1", StartTime: epoch, ProcessedTime: epoch, AgentOnly: true}, []string{"Finish w"}, nil},
		"on trial":              {Record{Revision: "r1", StartTime: epoch, Cordoned: true, ProcessedTime: epoch, Canary: true}, []string{"RevertCanary ", "Uncordon w"}, nil},
		"while it is reverted":  {Record{Revision: "r1", StartTime: epoch, Cordoned: true, Failed: "it crashed", Canary: true}, []string{"Uncordon w"}, &Record{Revision: "r1", Failed: "it crashed", Canary: true}},
		"for an older revision": {Record{Revision: "r0", StartTime: epoch, Cordoned: true, ProcessedTime: epoch}, []string{"Uncordon w"}, nil},
	} {
		for _, way := range []Way{WayRecycle, WayAutoScaling} {
			in := inputOf(with(warmNode("w"), func(n *Node) { n.Way, n.Record, n.Unschedulable = way, new(c.record), !c.record.AgentOnly }))
			in.Now, in.Selection.Hostnames = epoch.Add(24*time.Hour), []string{}
			if c.record.Canary {
				in.Nodes = append(in.Nodes, staleNode("a"))
				in.Selection = RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{"w"}}}
			}
			if c.record.Failed != "" {
				in.Selection.Selection = cilium.Selection{}
			}
			got := Plan(in)
			if diff := cmp.Diff(c.want, kinds(got)); diff != "" {
				t.Errorf("%s, %s: %s (-want +got):\n%s", name, way, got.State, diff)
				continue
			}
			if diff := cmp.Diff(c.leaves, got.Steps[len(got.Steps)-1].Record); diff != "" || got.State == StateProgressDeadlineExceeded || got.Counts.InProgress > 0 {
				t.Errorf("%s, %s: %s, %+v (-want +got):\n%s", name, way, got.Message, got.Counts, diff)
			}
		}
	}
}
