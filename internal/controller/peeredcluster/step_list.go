package peeredcluster

import (
	"cmp"
	"context"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// writeList writes a list, where the decision is one: the ip-masq-agent's, or what
// aws-node does not masquerade to. Both reach every node by themselves, so there is
// no rollout of ours that could wait; what lets a rollout wait holds them back here.
func (p *pass) writeList(ctx context.Context) error {
	to, lists := p.backend().(backend.List)
	if !lists || !p.decision.WritesList() {
		return nil
	}
	judged, err := p.writeListTo(ctx, to)
	if err != nil {
		return p.orSoon(err)
	}
	p.configured.written = &judged
	return nil
}

func (p *pass) writeListTo(ctx context.Context, to backend.List) (verdict.Verdict, error) {
	how, busy := to.Spreads()
	spreads := verdict.New(verdict.Act, v1alpha1.ReasonProgressing, how+p.decision.Message)
	switch {
	case to.Has(p.decision.List) && busy:
		p.comeAgain(rollingRetry)
		return spreads, nil
	case to.Has(p.decision.List):
		return verdict.New(verdict.Done, v1alpha1.ReasonConfigured, p.decision.Message), nil
	}
	if held, err := p.listHeld(ctx); err != nil || held != nil {
		return *cmp.Or(held, &verdict.Verdict{}), err
	}
	if err := to.Write(ctx, backend.Wanted{List: p.decision.List, Now: p.start}); err != nil {
		return verdict.Verdict{}, err
	}
	p.comeAgain(afterSteps)
	return spreads, nil
}

// listHeld says what a list waits for; nil: nothing. It is what a rollout would wait
// for, since a list is one on all nodes at once.
func (p *pass) listHeld(ctx context.Context) (*verdict.Verdict, error) {
	stopped, err := p.stopped(ctx)
	if err != nil {
		return nil, err
	}
	if reason, why := p.listGate(stopped); reason != "" {
		return new(verdict.New(verdict.Held, reason, p.decision.Message+" Nothing is written "+why+".")), nil
	}
	settled := p.targetSince().Add(secondsOr(p.object.Spec.Rollout.SettleSeconds, 60))
	switch {
	case p.start.Before(settled):
		p.comeAgain(settled.Sub(p.start))
		return new(verdict.New(verdict.Wait, v1alpha1.ReasonSettling, "Waiting until the peers' blocks have been unchanged for a while.")), nil
	case !p.windowOpen():
		return new(verdict.New(verdict.Held, v1alpha1.ReasonOutsideWindow, p.decision.Message+" Nothing is written outside spec.rollout.window.")), nil
	}
	return nil, nil //nolint:nilnil // nothing holds it back, and nothing went wrong
}

// listGate is what somebody has to open; an empty reason: nothing.
func (p *pass) listGate(stopped string) (reason, why string) {
	spec := p.object.Spec.Rollout
	switch {
	case stopped != "":
		return v1alpha1.ReasonRolloutsStopped, "while all rollouts are stopped: " + stopped
	case spec.Paused:
		return v1alpha1.ReasonPaused, "while spec.rollout.paused is true"
	case spec.Approval == v1alpha1.ApprovalManual && spec.ApprovedRevision != p.decision.Revision:
		return v1alpha1.ReasonAwaitingApproval, "until spec.rollout.approvedRevision is " + p.decision.Revision
	}
	return "", ""
}

// windowOpen reports whether nodes may be started on now; a window that can't be
// read is closed.
func (p *pass) windowOpen() bool {
	if p.object.Spec.Rollout.Window == nil {
		return true
	}
	window, bad := windowOf(*p.object.Spec.Rollout.Window)
	if bad != "" {
		return false
	}
	open, next := window.Open(p.start)
	if !open && !next.IsZero() {
		p.comeAgain(next.Sub(p.start))
	}
	return open
}

// rollingRetry is when to look again how far a DaemonSet got.
const rollingRetry = 5 * time.Second
