package peeredcluster

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/turn"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// takeTurn lets a cluster start on a node only when it is its turn among the clusters of the
// installation. Nodes in progress are finished whoever's turn it is.
func (n *nodeRollout) takeTurn(ctx context.Context, planned plan) (plan, error) {
	n.turnJudged = true
	was, work := turnOf(n.Object), n.workOf(planned.decision)
	if !planned.decision.Begins() || was.Holds(n.start, planned.decision.Busy, work.Deadline) {
		n.setTurn(was.Next(work))
		return planned, n.showOrder(ctx, planned)
	}
	answer, err := n.turns.ask(ctx, n.configuration)
	if err != nil {
		return plan{}, err
	}
	n.order = answer.WaitsFor
	if answer.Begins {
		return planned, nil
	}
	work.InProgress = planned.decision.Busy
	n.setTurn(was.Waits(answer, work))
	planned.input.WaitsForTurn, planned.input.InvalidOrder = answer.Message, answer.Invalid != ""
	planned.decision = rollout.Plan(planned.input)
	return planned, nil
}

// workOf is how the rollout stands after a decision. While its steps fail it does not go on, and
// starts on no node, whatever is decided.
func (n *nodeRollout) workOf(decision rollout.Decision) turn.Work {
	progress, _ := judgeState(decision)
	return turn.Work{
		Now: n.start, InProgress: decision.Busy || decision.Begins() && !n.memory.failing,
		GoesOn: decision.GoesOn() && !n.memory.failing,
		Stuck:  progress == verdict.Stalled || progress == verdict.Unclear, Passing: progress.Working(),
		Deadline: deadlineOf(n.Object),
	}
}

// showOrder finds out for the preview who comes first.
func (n *nodeRollout) showOrder(ctx context.Context, planned plan) error {
	if planned.decision.Preview == nil || turnOf(n.Object).State == v1alpha1.TurnRolling {
		return nil
	}
	answer, err := n.turns.look(ctx, n.turns.hub, n.configuration)
	n.order = answer.WaitsFor
	return err
}

// endUnjudgedTurn says what becomes of the turn of a cluster whose nodes were not looked at: it
// cannot go on, and nobody waits for it for ever.
func (s *subject) endUnjudgedTurn() {
	if s.turnJudged {
		return
	}
	s.setTurn(turnOf(s.Object).Next(turn.Work{
		Now: s.start, InProgress: inProgress(s.Object), Passing: true, Deadline: deadlineOf(s.Object),
	}))
}

// turnOf is the turn that status says a cluster has.
func turnOf(object *v1alpha1.PeeredCluster) turn.Turn {
	if object.Status.Rollout == nil || object.Status.Rollout.Turn == nil {
		return turn.Turn{}
	}
	said := object.Status.Rollout.Turn
	is := turn.Turn{State: said.State, Since: said.Since.Time}
	if said.IdleSince != nil {
		is.Idle = said.IdleSince.Time
	}
	return is
}

// setTurn writes it into status, with times as the API server keeps them.
func (s *subject) setTurn(is turn.Turn) {
	if is.State == "" {
		if s.Object.Status.Rollout != nil {
			s.Object.Status.Rollout.Turn = nil
		}
		return
	}
	said := &v1alpha1.RolloutTurn{State: is.State, Since: stored(is.Since)}
	if !is.Idle.IsZero() {
		said.IdleSince = new(stored(is.Idle))
	}
	s.rolloutStatus().Turn = said
}

func stored(at time.Time) metav1.Time { return metav1.NewTime(at.Truncate(time.Second)) }

// inProgress reports whether status shows nodes that are being renewed.
func inProgress(object *v1alpha1.PeeredCluster) bool {
	nodes := object.Status.Nodes
	return nodes != nil && nodes.InProgress > 0 || len(object.Status.Replacements) > 0
}

// deadlineOf is how long the nodes in progress of a cluster that starts no other may take.
func deadlineOf(object *v1alpha1.PeeredCluster) time.Duration {
	return policyOf(object.Spec.Rollout, rollout.Choice{}).ProgressDeadline
}
