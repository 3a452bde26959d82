package turn

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestATurnEndsWithItsWorkOrWhereItCannotGoOn(t *testing.T) {
	const deadline = 30 * time.Minute
	since := noon.Add(-time.Hour)
	rolling := Turn{State: v1alpha1.TurnRolling, Since: since}
	idle := func(ago time.Duration) Turn {
		return Turn{State: v1alpha1.TurnRolling, Since: since, Idle: noon.Add(-ago)}
	}
	lapsed := Turn{State: v1alpha1.TurnLapsed, Since: since}
	lapses := Turn{State: v1alpha1.TurnLapsed, Since: noon}
	for name, c := range map[string]struct {
		was  Turn
		work Work
		want Turn
	}{
		"nothing to do":                                  {},
		"it goes on":                                     {was: rolling, work: Work{InProgress: true, GoesOn: true}, want: rolling},
		"between two nodes":                              {was: rolling, work: Work{GoesOn: true}, want: rolling},
		"it goes on again":                               {was: idle(time.Minute), work: Work{InProgress: true, GoesOn: true}, want: rolling},
		"it is done":                                     {was: rolling},
		"paused with nothing in progress":                {was: rolling, work: Work{}},
		"paused with a node in progress":                 {was: rolling, work: Work{InProgress: true}, want: idle(0)},
		"paused, and the node is late":                   {was: idle(deadline), work: Work{InProgress: true}, want: lapses},
		"the budget is used up for a moment":             {was: rolling, work: Work{Passing: true}, want: idle(0)},
		"the budget is used up for long":                 {was: idle(grace), work: Work{Passing: true}},
		"another may have begun while no manager acted":  {was: idle(deadline), work: Work{InProgress: true, GoesOn: true}, want: lapses},
		"so it may, and nothing is in progress":          {was: idle(grace), work: Work{GoesOn: true}},
		"stuck with a node in progress":                  {was: rolling, work: Work{InProgress: true, Stuck: true}, want: lapses},
		"stuck with nothing in progress":                 {was: rolling, work: Work{Stuck: true}},
		"stuck and still in progress":                    {was: lapsed, work: Work{InProgress: true, Stuck: true}, want: lapsed},
		"a node comes through after all":                 {was: lapsed, work: Work{InProgress: true, GoesOn: true}, want: lapsed},
		"the last of what lapsed is through":             {was: lapsed},
		"it need not wait any more":                      {was: Turn{State: v1alpha1.TurnQueued, Since: since}},
		"its order does not matter any more":             {was: Turn{State: v1alpha1.TurnOrdered, Since: since}},
		"nodes were in progress before there were turns": {work: Work{InProgress: true, GoesOn: true}, want: Turn{State: v1alpha1.TurnRolling, Since: noon}},
		"so they were, and it is paused":                 {work: Work{InProgress: true}, want: Turn{State: v1alpha1.TurnRolling, Since: noon, Idle: noon}},
	} {
		t.Run(name, func(t *testing.T) {
			c.work.Now, c.work.Deadline = noon, deadline
			if diff := cmp.Diff(c.want, c.was.Next(c.work)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestN8NodesInProgressDoNotQueue: no manager acted for longer than the deadline, and another cluster has its turn now.
func TestN8NodesInProgressDoNotQueue(t *testing.T) {
	const deadline = 30 * time.Minute
	work := Work{Now: noon, InProgress: true, GoesOn: true, Deadline: deadline}
	for _, state := range []v1alpha1.RolloutTurnState{v1alpha1.TurnRolling, v1alpha1.TurnLapsed} {
		was := Turn{State: state, Since: noon.Add(-2 * time.Hour), Idle: noon.Add(-time.Hour)}
		for _, answer := range []Answer{{WaitsFor: []string{"us"}}, {Ordered: true, WaitsFor: []string{"us"}}} {
			is := was.Waits(answer, work)
			if is.State != v1alpha1.TurnLapsed || is.Holds(noon, true, deadline) {
				t.Errorf("%s becomes %+v", state, is)
			}
			if next := is.Next(work); next.State != v1alpha1.TurnLapsed {
				t.Errorf("%s goes on beside the other: %+v", state, next)
			}
		}
	}
	for ordered, want := range map[bool]v1alpha1.RolloutTurnState{false: v1alpha1.TurnQueued, true: v1alpha1.TurnOrdered} {
		if is := (Turn{State: v1alpha1.TurnRolling}).Waits(Answer{Ordered: ordered}, Work{Now: noon}); is.State != want || !is.Since.Equal(noon) {
			t.Errorf("with nothing in progress it becomes %+v, want %s", is, want)
		}
	}
}

func TestWhoHasTheTurn(t *testing.T) {
	const deadline = 30 * time.Minute
	for name, c := range map[string]struct {
		is         Turn
		inProgress bool
		want       bool
	}{
		"nobody":                             {},
		"who renews nodes":                   {is: Turn{State: v1alpha1.TurnRolling}, want: true},
		"who has nodes in progress":          {inProgress: true, want: true},
		"who queues":                         {is: Turn{State: v1alpha1.TurnQueued}},
		"who lapsed":                         {is: Turn{State: v1alpha1.TurnLapsed}, inProgress: true},
		"who is away for a minute":           {is: Turn{State: v1alpha1.TurnRolling, Idle: noon.Add(-time.Minute)}, want: true},
		"who is away for long":               {is: Turn{State: v1alpha1.TurnRolling, Idle: noon.Add(-grace)}},
		"who is away with nodes in progress": {is: Turn{State: v1alpha1.TurnRolling, Idle: noon.Add(-grace)}, inProgress: true, want: true},
		"whose nodes do not come back":       {is: Turn{State: v1alpha1.TurnRolling, Idle: noon.Add(-deadline)}, inProgress: true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.is.Holds(noon, c.inProgress, deadline); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
