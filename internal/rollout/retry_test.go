package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// processed is a node whose agent was told to go an hour and more ago, and is not up with the new value yet.
func processed(name string, record func(*Record)) Node {
	return with(staleNode(name), func(n *Node) {
		n.Unschedulable, n.Evictable, n.Agent = true, 0, &Agent{UID: "after"}
		n.Record = &Record{Revision: "r1", Cordoned: true, StartTime: epoch.Add(-2 * time.Hour), ProcessedTime: epoch.Add(-2 * time.Hour), RestartUID: "before"}
		record(n.Record)
	})
}

// TestAnotherAttemptForgetsWhatFailedWithTheWantedValueAndNothingElse, in the one reconciliation in which it is asked for.
func TestAnotherAttemptForgetsWhatFailedWithTheWantedValueAndNothingElse(t *testing.T) {
	asIs := func(*Record) {}
	for name, test := range map[string]struct {
		node     Node
		selected RevisionSelection
		want     StepKind
	}{
		"a canary that failed":                      {with(staleNode("a"), func(n *Node) { n.Record = &Record{Revision: "r1", Failed: "it kept crashing"} }), RevisionSelection{}, StepForget},
		"a node that was uncordoned again":          {with(staleNode("a"), func(n *Node) { n.Record = &Record{Revision: "r1", RetryAfter: epoch.Add(2 * time.Hour)} }), RevisionSelection{}, StepForget},
		"one that failed with another value":        {with(staleNode("a"), func(n *Node) { n.Record = &Record{Revision: "r0", Failed: "it kept crashing"} }), RevisionSelection{}, ""},
		"one that nothing happened to":              {with(staleNode("a"), func(n *Node) { n.Record = &Record{Revision: "r1"} }), RevisionSelection{}, ""},
		"one without a record":                      {staleNode("a"), RevisionSelection{}, ""},
		"one that is still on its way back":         {with(held(staleNode("a"), true), func(n *Node) { n.Record.Failed = "it kept crashing" }), RevisionSelection{}, ""},
		"an agent that did not come up":             {processed("a", asIs), RevisionSelection{}, StepMarkRestart},
		"one that is still on trial":                {processed("a", func(r *Record) { r.Canary = true }), RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{"a"}}}, ""},
		"one that has time left":                    {processed("a", func(r *Record) { r.ProcessedTime = epoch.Add(59 * time.Minute) }), RevisionSelection{}, ""},
		"one that was restarted again and has time": {processed("a", func(r *Record) { r.Retried = epoch.Add(30 * time.Minute) }), RevisionSelection{}, ""},
		"one whose restart was long ago":            {processed("a", func(r *Record) { r.Retried = epoch.Add(-time.Hour) }), RevisionSelection{}, StepMarkRestart},
	} {
		t.Run(name, func(t *testing.T) {
			in := inputOf(test.node)
			if in.Selection.Hostnames = []string{}; test.selected.Mode != "" {
				in.Selection = test.selected
			}
			retried := func(d Decision) []Step {
				return slices.DeleteFunc(slices.Clone(d.Steps), func(s Step) bool { return !strings.HasPrefix(s.Why, "retry") })
			}
			if steps := retried(Plan(in)); len(steps) > 0 {
				t.Errorf("nobody asked, and it does %v", steps)
			}
			in.Retry = true
			var got []StepKind
			for _, step := range retried(Plan(in)) {
				got = append(got, step.Kind)
				if step.Kind == StepForget && step.Record != nil {
					t.Errorf("a record stays: %+v", step.Record)
				}
				if step.Kind == StepMarkRestart && (step.Record.RestartUID != "after" || !step.Record.Retried.Equal(in.Now)) {
					t.Errorf("the agent to go is %s, from %s", step.Record.RestartUID, step.Record.Retried)
				}
			}
			var want []StepKind
			if test.want != "" {
				want = []StepKind{test.want}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestAnAgentThatIsReadyIsNotToldToGoAgain(t *testing.T) {
	n := processed("a", func(*Record) {})
	n.Agent.Ready = true
	in := inputOf(n)
	in.Retry, in.Selection.Hostnames = true, []string{}
	for _, step := range Plan(in).Steps {
		if step.Kind == StepMarkRestart && step.Record.RestartUID != "before" {
			t.Errorf("the agent to go is %s", step.Record.RestartUID)
		}
	}
}

func TestAnotherAttemptGivesUpOnANodeThatNeverCame(t *testing.T) {
	entry := Replacement{InstanceID: "i-old", Group: "g", Since: epoch.Add(-2 * time.Hour)}
	young := entry
	young.Since = epoch.Add(30 * time.Minute)
	there := with(staleNode("a"), func(n *Node) { n.Instance = Instance{ID: "i-old", Group: "g"} })
	for name, test := range map[string]struct {
		entry Replacement
		nodes []Node
		retry bool
		want  bool
	}{
		"it never came, and somebody asks": {entry, nil, true, true},
		"it never came, and nobody asks":   {entry, nil, false, false},
		"it has time left":                 {young, nil, true, false},
		"the former node is still there":   {entry, []Node{there}, true, false},
	} {
		in := inputOf(append(test.nodes, with(staleNode("z"), func(n *Node) { n.Freshness = FreshnessCurrent }))...)
		in.Retry, in.Replacements, in.Groups = test.retry, []Replacement{test.entry}, map[string]Group{"g": {Desired: 1}}
		got := slices.ContainsFunc(Plan(in).Steps, func(s Step) bool {
			return s.Kind == StepClearReplacement && strings.HasPrefix(s.Why, "retry; ")
		})
		if got != test.want {
			t.Errorf("%s: it gives up: %t", name, got)
		}
	}
}

func TestANodeThatTurnsBackIsKnownByItsRecord(t *testing.T) {
	failed := func(edit func(*Record)) Input {
		n := held(staleNode("a"), true)
		n.Record.Failed = "it kept crashing"
		edit(n.Record)
		return inputOf(staleNode("z"), n)
	}
	for name, test := range map[string]struct {
		in   Input
		want bool
	}{
		"it failed with the wanted value, and is held": {failed(func(*Record) {}), true},
		"it failed with another":                       {failed(func(r *Record) { r.Revision = "r0" }), false},
		"it did not fail":                              {failed(func(r *Record) { r.Failed = "" }), false},
		"it is free":                                   {failed(func(r *Record) { r.Cordoned = false }), false},
		"its agent alone is held":                      {failed(func(r *Record) { r.Cordoned, r.AgentOnly = false, true }), true},
	} {
		if got := test.in.TurningBack(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWhatARecordSaysOfANode(t *testing.T) {
	var none *Record
	if none.Processed() || none.Held() || none.HasShield() || none.replaces() || !none.CordonedSince().IsZero() {
		t.Error("without a record nothing is said")
	}
	cordoned := &Record{Revision: "r1", Cordoned: true, StartTime: epoch, Replace: true, Shielded: true}
	if cordoned.Processed() || !cordoned.Held() || !cordoned.HasShield() || !cordoned.replaces() || !cordoned.CordonedSince().Equal(epoch) {
		t.Errorf("of %+v", cordoned)
	}
	free := &Record{Revision: "r1", StartTime: epoch, Replace: true, ProcessedTime: epoch}
	if !free.Processed() || free.Held() || free.HasShield() || free.replaces() || !free.CordonedSince().IsZero() || !free.processedFor("r1") || free.processedFor("r2") {
		t.Errorf("of %+v", free)
	}
	if !free.since().Equal(epoch) {
		t.Errorf("set to work on at %s", free.since())
	}
	if free.Retried = epoch.Add(time.Hour); !free.since().Equal(epoch.Add(time.Hour)) {
		t.Errorf("set to work on again at %s", free.since())
	}
	if free.ProcessedTime = epoch.Add(2 * time.Hour); !free.since().Equal(epoch.Add(2 * time.Hour)) {
		t.Errorf("set to work on last at %s", free.since())
	}
	if free.StartTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC); true {
		if text, err := free.Encode(); err == nil || text != "" || !strings.Contains(err.Error(), Annotation) {
			t.Errorf("a time that JSON cannot hold becomes %q, %v", text, err)
		}
	}
	if record, err := ParseRecord("{"); record != nil || err == nil {
		t.Errorf("what cannot be read is %+v, %v", record, err)
	}
}

// TestAValueThatWasOnlyTriedIsWithdrawnWhenAnotherIsWanted, and one that is released is not.
func TestAValueThatWasOnlyTriedIsWithdrawnWhenAnotherIsWanted(t *testing.T) {
	for name, test := range map[string]struct {
		mode     cilium.SelectionMode
		revision string
		want     bool
	}{
		"a former one on trial": {cilium.SelectCanary, "r0", true}, "the wanted one on trial": {cilium.SelectCanary, "r1", false},
		"a former one, released": {cilium.SelectAllBut, "r0", false}, "none": {cilium.SelectNone, "", false},
	} {
		in := inputOf(staleNode("a"))
		in.Selection = RevisionSelection{Revision: test.revision, Selection: cilium.Selection{Mode: test.mode, Hostnames: []string{"a"}}}
		got := false
		for _, step := range Plan(in).Steps {
			if step.Kind == StepRevertCanary && step.Selection.Revision == test.revision && step.Why == "the revision is superseded" {
				got = true
			}
		}
		if got != test.want {
			t.Errorf("%s: withdrawn: %t", name, got)
		}
	}
}

// TestOnlyTheSelectionOfTheWantedValueIsHeldToBeItsOwn: what is written for a former value says nothing about whom the wanted
// one reaches.
func TestOnlyTheSelectionOfTheWantedValueIsHeldToBeItsOwn(t *testing.T) {
	in := inputOf(staleNode("a"))
	if p := newPlanner(in, ways); !p.released() || len(p.selection.Hostnames) != 3 {
		t.Errorf("of the wanted value it is %+v", p.selection)
	}
	in.Selection.Revision = "r0"
	if p := newPlanner(in, ways); p.released() || len(p.selection.Hostnames) != 0 || p.selection.Revision != "r1" {
		t.Errorf("of a former value it is %+v", p.selection)
	}
	in.Target, in.Selection.Revision = "", ""
	if p := newPlanner(in, ways); p.released() {
		t.Errorf("where no value is wanted it is %+v", p.selection)
	}
}
