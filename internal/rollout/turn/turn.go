package turn

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Turn is what status says of a cluster; the zero Turn: nothing.
type Turn struct {
	State v1alpha1.RolloutTurnState
	// Since is when it came to this state.
	Since time.Time
	// Idle is since when no further node can be started; zero: one can.
	Idle time.Time
}

// grace is how long a turn is kept while something passes by itself that keeps the next node from
// being started: a budget that is used up for a moment, a value that has just changed.
const grace = 2 * time.Minute

// Holds reports whether the turn is a cluster's now, so that others wait for it. deadline is how long
// nodes in progress may take once no other node can be started; never less than who has none gets.
func (t Turn) Holds(now time.Time, inProgress bool, deadline time.Duration) bool {
	switch {
	case t.State == v1alpha1.TurnLapsed:
		return false
	case t.State != v1alpha1.TurnRolling && !inProgress:
		return false
	case t.Idle.IsZero():
		return true
	case inProgress:
		return now.Before(t.Idle.Add(max(deadline, grace)))
	default:
		return now.Before(t.Idle.Add(grace))
	}
}

// to changes the state, and keeps since when it is so.
func (t Turn) to(state v1alpha1.RolloutTurnState, now time.Time) Turn {
	if t.State == state {
		return Turn{State: state, Since: t.Since}
	}
	return Turn{State: state, Since: now}
}

// idle is the turn while no further node can be started.
func (t Turn) idle(now time.Time) Turn {
	if t.Idle.IsZero() {
		t.Idle = now
	}
	return t
}
