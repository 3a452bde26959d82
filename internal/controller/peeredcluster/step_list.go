package peeredcluster

import (
	"context"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// applyList writes a list, where the decision is one: the ip-masq-agent's, or what
// aws-node does not masquerade to. Both reach every node by themselves, so there is
// no rollout of ours that could wait; what lets a rollout wait holds them back here.
func (p *pass) applyList(ctx context.Context) error {
	if p.conditions.Stops(v1alpha1.ConditionReachable) {
		return nil
	}
	var step func(context.Context) (conditions.Verdict, error)
	switch p.decision.Kind {
	case cilium.KindExcludeSNAT:
		step = p.applyExcludeSNAT
	case cilium.KindIPMasqAgent:
		step = p.applyIPMasq
	default:
		return nil
	}
	verdict, err := step(ctx)
	if err != nil {
		return p.orSoon(err)
	}
	p.conditions.Set(v1alpha1.ConditionCiliumConfigured, verdict.Progress, verdict.Reason, verdict.Message)
	return nil
}

// listHeld says what a list waits for; nil: nothing. It is what a rollout would wait
// for, since a list is one on all nodes at once.
func (p *pass) listHeld(ctx context.Context) (*conditions.Verdict, error) {
	spec := p.object.Spec.Rollout
	stopped, err := p.stopped(ctx)
	if err != nil {
		return nil, err
	}
	settled := p.targetSince().Add(secondsOr(spec.SettleSeconds, 60))
	held := func(reason, why string) (*conditions.Verdict, error) {
		return &conditions.Verdict{Progress: conditions.Held, Reason: reason, Message: p.decision.Message + " Nothing is written " + why + "."}, nil
	}
	switch {
	case stopped != "":
		return held(v1alpha1.ReasonRolloutsStopped, "while all rollouts are stopped: "+stopped)
	case spec.Paused:
		return held(v1alpha1.ReasonPaused, "while spec.rollout.paused is true")
	case spec.Approval == v1alpha1.ApprovalManual && spec.ApprovedRevision != p.decision.Revision:
		return held(v1alpha1.ReasonAwaitingApproval, "until spec.rollout.approvedRevision is "+p.decision.Revision)
	case p.start.Before(settled):
		p.comeAgain(settled.Sub(p.start))
		return &conditions.Verdict{Progress: conditions.Wait, Reason: v1alpha1.ReasonSettling, Message: "Waiting until the peers' blocks have been unchanged for a while."}, nil
	case !p.windowOpen():
		return held(v1alpha1.ReasonOutsideWindow, "outside spec.rollout.window")
	}
	return nil, nil //nolint:nilnil // nothing holds it back, and nothing went wrong
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

// judgeListNodes says what a list means for nodes: nothing where aws-node renews
// the rules itself; else which pods still have none for the newest blocks.
func (p *pass) judgeListNodes(context.Context) error {
	switch p.decision.Kind {
	case cilium.KindExcludeSNAT:
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.NotRequired, v1alpha1.ReasonNotRequired,
			"aws-node renews the rules of pods that run, so no node is touched.")
	case cilium.KindIPMasqAgent:
		p.judgeIPMasqNodes()
	}
	return nil
}

// rollingRetry is when to look again how far a DaemonSet got.
const rollingRetry = 5 * time.Second

// afterReload is when every agent has read a changed file: the kubelet's
// propagation takes up to 90 s (docs/facts/cilium.md#ip-masq-agent).
const afterReload = 90 * time.Second
