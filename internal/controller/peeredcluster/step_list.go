package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// listWriter takes the step that writes a list.
type listWriter struct {
	*configuration
	stop stopSwitch
}

// write writes a list, where the decision is one: the ip-masq-agent's, or what
// aws-node does not masquerade to. Both reach every node by themselves, so there is
// no rollout of ours that could wait; what lets a rollout wait holds them back here.
func (w listWriter) write(ctx context.Context, found *findings) error {
	to, lists := w.backend().(backend.List)
	if !lists || !w.decision.WritesList() {
		return nil
	}
	stopped, err := w.stop.note(ctx, w.subject)
	if err != nil {
		return err
	}
	judged, err := w.writeTo(ctx, to, stopped)
	if err != nil {
		found.configured.written, err = w.refused("The list of blocks that are not masqueraded to", err)
		return err
	}
	found.configured.written = &judged
	return nil
}

func (w listWriter) writeTo(ctx context.Context, to backend.List, stopped string) (verdict.Verdict, error) {
	spread := to.Spreads()
	switch {
	case to.Has(w.decision.List) && spread.Busy:
		return w.spreads(spread), nil
	case to.Has(w.decision.List):
		return verdict.New(verdict.Done, v1alpha1.ReasonConfigured, w.decision.Message), nil
	}
	if held := w.held(stopped); held != nil {
		return *held, nil
	}
	if err := to.Write(ctx, backend.Wanted{List: w.decision.List, Now: w.start}); err != nil {
		return verdict.Verdict{}, err
	}
	w.Within(afterSteps)
	return w.spreads(spread), nil
}

// spreads says how a list that is written reaches the nodes. Where a person has to see to that, nobody is at work, and that may stay
// so for days.
func (w listWriter) spreads(spread backend.Spread) verdict.Verdict {
	said := spread.How + w.decision.Message
	if spread.ByHand {
		w.Within(afterByHand)
		return verdict.New(verdict.Stalled, v1alpha1.ReasonDaemonSetOnDelete, said)
	}
	w.Within(afterRolling)
	return verdict.New(verdict.Act, v1alpha1.ReasonProgressing, said)
}

// held says what a list waits for; nil: nothing. It is what a rollout would wait
// for, since a list is one on all nodes at once.
func (w listWriter) held(stopped string) *verdict.Verdict {
	if reason, why := w.gate(stopped); reason != "" {
		return new(verdict.New(verdict.Held, reason, w.decision.Message+" Nothing is written "+why+"."))
	}
	if window := w.Object.Spec.Rollout.Window; window != nil {
		if _, bad := windowOf(*window); bad != "" {
			return new(verdict.New(verdict.Stalled, v1alpha1.ReasonInvalidWindow, bad+" Nothing is written until then."))
		}
	}
	settled := w.targetSince().Add(secondsOr(w.Object.Spec.Rollout.SettleSeconds, 60))
	switch {
	case w.start.Before(settled):
		w.Within(settled.Sub(w.start))
		return new(verdict.New(verdict.Wait, v1alpha1.ReasonSettling, "Waiting until the peers' blocks are unchanged for spec.rollout.settleSeconds."))
	case !w.windowOpen():
		return new(verdict.New(verdict.Held, v1alpha1.ReasonOutsideWindow, w.decision.Message+" Nothing is written outside spec.rollout.window."))
	}
	return nil
}

// gate is what somebody has to open; an empty reason: nothing.
func (w listWriter) gate(stopped string) (reason, why string) {
	spec := w.Object.Spec.Rollout
	switch {
	case stopped != "":
		return v1alpha1.ReasonRolloutsStopped, "while all rollouts are stopped: " + stopped
	case spec.Paused:
		return v1alpha1.ReasonPaused, "while spec.rollout.paused is true"
	case spec.Approval == v1alpha1.ApprovalManual && spec.ApprovedRevision != w.decision.Revision:
		return v1alpha1.ReasonAwaitingApproval, "until spec.rollout.approvedRevision is " + w.decision.Revision
	}
	return "", ""
}

// windowOpen reports whether nodes may be started on now; a window that cannot be
// read is closed.
func (w listWriter) windowOpen() bool {
	if w.Object.Spec.Rollout.Window == nil {
		return true
	}
	window, bad := windowOf(*w.Object.Spec.Rollout.Window)
	if bad != "" {
		return false
	}
	open, next := window.Open(w.start)
	if !open && !next.IsZero() {
		w.Within(next.Sub(w.start))
	}
	return open
}
