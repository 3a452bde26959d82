package peeredcluster

import (
	"context"
	"errors"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// rollOut has the planner decide on the next steps and carries them out in order.
// After one that fails no other is begun: the next reconciliation plans again.
func (n *nodeRollout) rollOut(ctx context.Context, found *findings) error {
	if !n.decided() {
		return nil
	}
	if n.decision.Reason == cilium.ReasonCiliumNotFound {
		if _, err := n.stop.note(ctx, n.subject); err != nil {
			return err
		}
		found.nodes = new(verdict.New(verdict.Held, v1alpha1.ReasonBlocked, "No agent of Cilium runs, so the state of the nodes is not known and no node is touched. What is live stays."))
		return nil
	}
	if n.keeps() {
		found.nodes = n.keptNodes()
		_, err := n.stop.note(ctx, n.subject)
		return err
	}
	if err := n.withdrawAll(ctx); err != nil {
		return n.orSoon(err)
	}
	planned, err := n.plan(ctx)
	if unread, ok := errors.AsType[*instancesUnread](err); ok {
		n.Within(afterUnreachable)
		found.nodes = new(awsUnread("Cannot read the EC2 instances behind the nodes, so no node is touched", unread.cause))
		return nil
	}
	if err != nil {
		return err
	}
	n.report(planned, found)
	return n.act(ctx, planned, found)
}

// withdrawAll withdraws what nothing needs any more, and notes what is in force.
func (n *nodeRollout) withdrawAll(ctx context.Context) error {
	withdrew, err := n.withdrawUnneeded(ctx)
	if err = errors.Join(err, n.clearRecords(ctx)); err != nil {
		return err
	}
	if !withdrew { // else what was read shows what is gone
		n.noteObserved()
		n.keepHistory(ctx)
	}
	return nil
}

// keepHistory has objects of ours tell the history, before a step replaces what was read of them. It is a note for a restore:
// no step waits for one that is refused, and the next look tries again.
func (n *nodeRollout) keepHistory(ctx context.Context) {
	if err := n.backends().NodeConfigs().KeepHistory(ctx); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot note which values nodes booted with; crossvpc tries again")
	}
}

// act carries out what was planned.
func (n *nodeRollout) act(ctx context.Context, planned plan, found *findings) error {
	n.Within(planned.decision.LookAgain)
	n.connection.Attend(len(planned.decision.Steps) > 0 || planned.decision.Counts.InProgress > 0)
	if len(planned.decision.Steps) > 0 {
		// The history is in the API server before the first value is written.
		if err := n.Persist(ctx); err != nil {
			return err
		}
		n.Within(afterSteps)
		err := n.execute(ctx, planned.decision.Steps)
		n.memory.failing = err != nil // until steps succeed: a look at which none is due proves nothing
		if err != nil {
			return n.stepFailed(err, found)
		}
	}
	if !planned.input.TurningBack() {
		n.noteRetry()
	}
	return nil
}
