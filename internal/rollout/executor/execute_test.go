package executor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// diary is who selects, records and tells, and writes down what came in which order.
type diary struct {
	mutex  sync.Mutex
	lines  []string
	refuse string // what fails
}

var errRefused = errors.New("the API server is away")

func (d *diary) note(line string) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.lines = append(d.lines, line)
	if d.refuse != "" && strings.HasPrefix(line, d.refuse) {
		return errRefused
	}
	return nil
}

func (d *diary) Select(context.Context, rollout.RevisionSelection) error { return d.note("select") }

func (d *diary) RecordReplacements(_ context.Context, list []rollout.Replacement) error {
	return d.note("record " + instances(list))
}

func (d *diary) ClearReplacements(_ context.Context, list []rollout.Replacement) error {
	return d.note("clear " + instances(list))
}

func (d *diary) Tell(_ context.Context, step rollout.Step) {
	_ = d.note("tell " + string(step.Kind) + step.Node)
}

func instances(list []rollout.Replacement) string {
	var ids []string
	for _, replacement := range list {
		ids = append(ids, replacement.InstanceID)
	}
	return strings.Join(ids, ",")
}

func execute(t *testing.T, d *diary, memory *Memory, steps ...rollout.Step) error {
	t.Helper()
	e := Executor{Cluster: &driver.Cluster{}, Selector: d, Recorder: d, Teller: d, Memory: memory}
	return e.Execute(t.Context(), steps)
}

// TestWhatIsToBeDoneIsToldAndRecordedBeforeItIsDone: a process that ends in between leaves a record, and an event.
func TestWhatIsToBeDoneIsToldAndRecordedBeforeItIsDone(t *testing.T) {
	const bogus = "NobodyCarriesThisOut"
	for name, test := range map[string]struct {
		steps  []string
		refuse string
		want   []string
		says   string
	}{
		"a value is selected":                      {[]string{"UpdateHoldBack"}, "", []string{"tell UpdateHoldBack", "select"}, ""},
		"one that cannot be":                       {[]string{"UpdateHoldBack", "RecordReplacement i-1"}, "select", []string{"tell UpdateHoldBack", "select"}, "UpdateHoldBack"},
		"one record":                               {[]string{"RecordReplacement i-1"}, "", []string{"tell RecordReplacement", "record i-1"}, ""},
		"two records in one call":                  {[]string{"RecordReplacement i-1", "RecordReplacement i-2"}, "", []string{"tell RecordReplacement", "tell RecordReplacement", "record i-1,i-2"}, ""},
		"nothing is done without its record":       {[]string{"RecordReplacement i-1", bogus + " a", "UpdateHoldBack"}, "record", []string{"tell RecordReplacement", "record i-1"}, "away"},
		"nothing is forgotten before it is done":   {[]string{"ClearReplacement i-1", bogus + " a"}, "", []string{"tell " + bogus + "a"}, bogus},
		"after one that fails none is begun there": {[]string{bogus + " a", bogus + " a"}, "", []string{"tell " + bogus + "a"}, bogus},
		"what is done is forgotten":                {[]string{"ClearReplacement i-1"}, "", []string{"tell ClearReplacement", "clear i-1"}, ""},
		"a record that cannot be cleared":          {[]string{"ClearReplacement i-1", "UpdateHoldBack"}, "clear", []string{"tell ClearReplacement", "clear i-1"}, "away"},
		"nothing":                                  {nil, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &diary{refuse: test.refuse}
			err := execute(t, d, &Memory{}, stepsOf(test.steps...)...)
			if diff := cmp.Diff(test.want, d.lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want %q", err, test.says)
			}
			if test.refuse != "" && !errors.Is(err, errRefused) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

func TestAnInstanceThatIsReplacedIsForgotten(t *testing.T) {
	memory, at := &Memory{}, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	memory.NoteTermination("i-1", at)
	memory.NoteTermination("i-2", at.Add(time.Hour))
	if !memory.Terminated("i-1").Equal(at) || !memory.Terminated("i-3").IsZero() {
		t.Errorf("i-1 was ended at %s, i-3 at %s", memory.Terminated("i-1"), memory.Terminated("i-3"))
	}
	if err := execute(t, &diary{}, memory, stepsOf("ClearReplacement i-1")...); err != nil {
		t.Fatal(err)
	}
	if !memory.Terminated("i-1").IsZero() || memory.Terminated("i-2").IsZero() {
		t.Error("i-1 alone is replaced")
	}
}

func TestTheLastRefusalOfANodeIsKeptUntilThereIsNone(t *testing.T) {
	var memory Memory
	if memory.RefusalOn("a") != "" {
		t.Error("nothing was refused yet")
	}
	memory.NoteRefusal("a", "the budget allows none")
	memory.NoteRefusal("b", "a finalizer keeps it")
	memory.NoteRefusal("a", "the budget allows none now")
	if memory.RefusalOn("a") != "the budget allows none now" || memory.RefusalOn("b") == "" {
		t.Errorf("kept are %q and %q", memory.RefusalOn("a"), memory.RefusalOn("b"))
	}
	memory.NoteRefusal("a", "")
	if memory.RefusalOn("a") != "" || memory.RefusalOn("b") == "" || len(memory.refusals) != 1 {
		t.Errorf("kept are %v", memory.refusals)
	}
}

// TestMemoryMayBeUsedByManyAtATime: the race detector is the judge.
func TestMemoryMayBeUsedByManyAtATime(*testing.T) {
	var memory Memory
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			memory.NoteRefusal("a", "no")
			memory.RefusalOn("a")
			memory.NoteTermination("i-1", time.Now())
			memory.Terminated("i-1")
			memory.forgetTermination("i-1")
		})
	}
	group.Wait()
}

// TestAfterANodeThatFailsNoOtherIsBegun, except those that were begun beside it.
func TestAfterANodeThatFailsNoOtherIsBegun(t *testing.T) {
	var steps []string
	for i := range 10 * mostNodesAtOnce {
		steps = append(steps, fmt.Sprintf("NobodyCarriesThisOut n%d", i))
	}
	d := &diary{}
	if err := execute(t, d, &Memory{}, stepsOf(steps...)...); err == nil {
		t.Error("nothing failed")
	}
	if len(d.lines) == 0 || len(d.lines) > mostNodesAtOnce {
		t.Errorf("%d nodes were begun on, at most %d at once", len(d.lines), mostNodesAtOnce)
	}
}
