package rollout

import (
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// leftBehind is a node that a former value left in our hands, empty and with an agent that does not run.
func leftBehind(edit func(*Node)) Node {
	return with(staleNode("a"), func(n *Node) {
		n.Unschedulable, n.Evictable, n.Agent = true, 0, &Agent{UID: "agent", CrashLooping: true}
		n.Record = &Record{Revision: "r0", Cordoned: true, Canary: true, StartTime: epoch, ProcessedTime: epoch}
		edit(n)
	})
}

// TestANodeThatAFormerValueBrokeIsGivenTheWantedOne: while the former value is the only one that reaches it nothing else would
// end that.
func TestANodeThatAFormerValueBrokeIsGivenTheWantedOne(t *testing.T) {
	asIs, free := func(*Node) {}, func(*Input) {}
	onTrial := func(in *Input) { in.Selection = RevisionSelection{} }
	underPods := func(n *Node) {
		n.Way, n.Unschedulable, n.Evictable = WayRestart, false, 3
		n.Record.Cordoned, n.Record.AgentOnly = false, true
	}
	current := func(in *Input) {
		in.Nodes = append(in.Nodes, with(staleNode("b"), func(n *Node) {
			n.Freshness, n.Agent.ReadySince, n.ReadySince = FreshnessCurrent, epoch, epoch
			n.Record = &Record{Revision: "r1", ProcessedTime: epoch, RestartUID: "before"}
		}))
	}
	for name, test := range map[string]struct {
		node  Node
		edit  func(*Input)
		gated bool
		want  bool
		trial bool
	}{
		"released, empty and cordoned":                {leftBehind(asIs), free, false, true, false},
		"its agent alone was restarted":               {leftBehind(underPods), free, false, true, false},
		"the same, by a way that needs an empty node": {leftBehind(func(n *Node) { underPods(n); n.Way = WayRecycle }), free, false, false, false},
		"a gate is closed":                            {leftBehind(asIs), free, true, false, false},
		"it is at work for the wanted value":          {leftBehind(func(n *Node) { n.Record.Revision = "r1" }), free, false, false, false},
		"the node is not Ready":                       {leftBehind(func(n *Node) { n.Ready = false }), free, false, false, false},
		"it has no agent":                             {leftBehind(func(n *Node) { n.Agent = nil }), free, false, false, false},
		"its agent runs":                              {leftBehind(func(n *Node) { n.Agent.CrashLooping = false }), free, false, false, false},
		"somebody uncordoned it":                      {leftBehind(func(n *Node) { n.Unschedulable = false }), free, false, false, false},
		"it has a pod to evict":                       {leftBehind(func(n *Node) { n.Evictable = 1 }), free, false, false, false},
		"no other may try it: the budget is used":     {leftBehind(asIs), onTrial, false, true, true},
		"another may try it":                          {leftBehind(asIs), func(in *Input) { onTrial(in); in.Policy.MaxUnavailable = 2 }, false, false, false},
		"another tries it":                            {leftBehind(asIs), func(in *Input) { onTrial(in); in.Nodes = append(in.Nodes, held(staleNode("b"), true)) }, false, false, false},
		"another has proven it":                       {leftBehind(asIs), func(in *Input) { onTrial(in); current(in) }, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputOf(test.node)
			test.edit(&in)
			p := newPlanner(in, ways)
			if test.gated {
				p.hold = &gate{}
			}
			n := p.nodes[0]
			if got := p.adopt(n); got != test.want || len(p.steps) > 0 != test.want {
				t.Fatalf("adopted: %t, with %v", got, p.steps)
			}
			if !test.want {
				return
			}
			step := p.steps[0]
			want := Record{Revision: "r1", StartTime: in.Now, ProcessedTime: in.Now, Canary: test.trial, Cordoned: n.Record.Cordoned, AgentOnly: n.Record.AgentOnly}
			if step.Kind != StepMarkProcessed || *step.Record != want {
				t.Errorf("%s %+v, want %+v", step.Kind, *step.Record, want)
			}
			if p.after["a"] != step.Record {
				t.Error("what is decided next does not know")
			}
		})
	}
	p := newPlanner(inputOf(leftBehind(asIs)), ways)
	if p.gate = (&gate{}); p.adopt(p.nodes[0]) {
		t.Error("a closed gate does not matter")
	}
}

func TestWhoTriesAValueIsTheCanaryThatHasNotFailed(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*Record)
		want string
	}{
		"a canary":                 {func(*Record) {}, "b"},
		"one that failed":          {func(r *Record) { r.Failed = "it kept crashing" }, ""},
		"one of another value":     {func(r *Record) { r.Revision = "r0" }, ""},
		"a node that is no canary": {func(r *Record) { r.Canary = false }, ""},
		"a canary that is free":    {func(r *Record) { r.Cordoned = false }, ""},
	} {
		n := held(staleNode("b"), true)
		test.edit(n.Record)
		if got := newPlanner(inputOf(staleNode("a"), n), ways).trying(); got != test.want {
			t.Errorf("%s: %q tries it", name, got)
		}
		if got := newPlanner(inputOf(n), ways).trying(); got != test.want {
			t.Errorf("%s, and there is no other node: %q tries it", name, got)
		}
	}
}

// TestACanaryFailsByItsAgentOrByItsTime, and what is said of it tells where to look.
func TestACanaryFailsByItsAgentOrByItsTime(t *testing.T) {
	canary := func(edit func(*Node)) Input {
		n := with(processed("a", func(r *Record) { r.Canary = true }), edit)
		in := inputOf(staleNode("b"), n)
		in.Selection = RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{"a"}}}
		return in
	}
	ready := func(n *Node) { n.Agent.Ready, n.Agent.ReadySince, n.ReadySince = true, epoch, epoch }
	for name, test := range map[string]struct {
		edit func(*Node)
		want string
	}{
		"its new agent keeps crashing": {func(n *Node) { n.Agent.CrashLooping = true }, "its Cilium agent keeps crashing"},
		"the agent that must go keeps crashing": {func(n *Node) {
			n.Agent.CrashLooping, n.Agent.UID, n.Record.ProcessedTime = true, "before", epoch.Add(59*time.Minute)
		}, ""},
		"it is not up in time":                  {func(*Node) {}, "it is not up to date and Ready after 1h"},
		"it is up, and a pod was not recreated": {func(n *Node) { ready(n); n.Stranded = 1 }, "it is not up to date after 1h. There, "},
		"it is up with the former value":        {ready, "it is not up to date and Ready after 1h"},
		"it is not up, and has pods":            {func(n *Node) { n.Stranded = 1 }, "it is not up to date and Ready after 1h"},
		"it has time left":                      {func(n *Node) { n.Record.ProcessedTime = epoch.Add(30 * time.Minute) }, ""},
		"it is up with the value":               {func(n *Node) { ready(n); n.Freshness = FreshnessCurrent }, ""},
		"it is being deleted":                   {func(n *Node) { n.Deleting = true }, ""},
		"it has no agent, and time left":        {func(n *Node) { n.Agent, n.Record.ProcessedTime = nil, epoch.Add(30*time.Minute) }, ""},
	} {
		p := newPlanner(canary(test.edit), ways)
		n := p.canary()
		if n == nil || n.Name != "a" {
			t.Fatalf("%s: the canary is %v", name, n)
		}
		got := p.trialFailed(n)
		if len(got) < len(test.want) || got[:len(test.want)] != test.want || (got == "") != (test.want == "") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	released := canary(func(*Node) {})
	released.Selection.Mode = cilium.SelectAllBut
	if n := newPlanner(released, ways).canary(); n != nil {
		t.Errorf("of a released value the canary is %s", n.Name)
	}
}

func TestWhereToLookAtANodeThatIsNotDone(t *testing.T) {
	ready := func(n *Node) { n.Agent.Ready, n.Agent.ReadySince, n.ReadySince = true, epoch, epoch }
	for name, test := range map[string]struct {
		edit func(*Node)
		want string
	}{
		"its agent is not up":                   {func(*Node) {}, "Check the log of the Cilium agent there."},
		"its agent is not up, and pods are old": {func(n *Node) { n.Stranded = 2 }, "Check the log of the Cilium agent there."},
		"its agent is up":                       {ready, "Check the log of the Cilium agent there."},
		"its agent is up, and pods are old":     {func(n *Node) { ready(n); n.Stranded = 2 }, "There, "},
	} {
		n := processed("a", func(*Record) {})
		test.edit(&n)
		if got := n.lookAt(); got[:min(len(got), len(test.want))] != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
