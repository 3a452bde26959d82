package turn

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Work is how a cluster's rollout stands after a decision.
type Work struct {
	// Now is the time of the decision.
	Now time.Time
	// InProgress: nodes are being renewed.
	InProgress bool
	// GoesOn: further nodes are started as soon as those in progress are finished.
	GoesOn bool
	// Stuck: a person has to act before it goes on.
	Stuck bool
	// Passing: what keeps the next node from being started passes by itself.
	Passing bool
	// Deadline is how long nodes in progress may take once no other node can be started.
	Deadline time.Duration
}

// Next is a cluster's turn after a decision by which it did not have to wait for others. The turn
// ends with the work. What cannot go on keeps it for a while only: nobody waits for ever for a
// cluster that is paused, held up, stuck or out of reach.
func (t Turn) Next(work Work) Turn {
	if t.State != v1alpha1.TurnRolling && t.State != v1alpha1.TurnLapsed && work.InProgress { // begun before turns were written down
		t = Turn{State: v1alpha1.TurnRolling, Since: work.Now}
	}
	switch {
	case !t.Holds(work.Now, work.InProgress, work.Deadline): // another may have taken its turn meanwhile
		return t.over(work)
	case work.GoesOn:
		return t.to(v1alpha1.TurnRolling, work.Now)
	case !work.InProgress && !work.Passing:
		return Turn{}
	case work.Stuck:
		return t.to(v1alpha1.TurnLapsed, work.Now)
	default:
		return t.idle(work.Now)
	}
}

// over is what is left of a turn that is not the cluster's any more.
func (t Turn) over(work Work) Turn {
	if work.InProgress {
		return t.to(v1alpha1.TurnLapsed, work.Now)
	}
	return Turn{}
}

// Begun is the turn of a cluster that starts on its first node.
func (t Turn) Begun(now time.Time) Turn { return t.to(v1alpha1.TurnRolling, now) }

// Waits is the turn of a cluster that has to wait. With nodes in progress it has lapsed, and does not queue:
// who queues and has some would count as one that renews nodes.
func (t Turn) Waits(answer Answer, work Work) Turn {
	switch {
	case work.InProgress:
		return t.to(v1alpha1.TurnLapsed, work.Now)
	case answer.Ordered:
		return t.to(v1alpha1.TurnOrdered, work.Now)
	default:
		return t.to(v1alpha1.TurnQueued, work.Now)
	}
}
