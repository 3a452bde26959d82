package peeredcluster

import (
	"context"
	"fmt"
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

// listHeld says what the owner of the cluster has a list wait for; nil: nothing.
func (p *pass) listHeld() *conditions.Verdict {
	spec := p.object.Spec.Rollout
	settled := p.targetSince().Add(secondsOr(spec.SettleSeconds, 60))
	switch {
	case spec.Paused:
		return &conditions.Verdict{Progress: conditions.Held, Reason: v1alpha1.ReasonPaused, Message: "Nothing is written while spec.rollout.paused is true. " + p.decision.Message}
	case spec.Approval == v1alpha1.ApprovalManual && spec.ApprovedRevision != p.decision.Revision:
		return &conditions.Verdict{Progress: conditions.Held, Reason: v1alpha1.ReasonAwaitingApproval, Message: fmt.Sprintf(
			"%s Nothing is written until spec.rollout.approvedRevision is %s.", p.decision.Message, p.decision.Revision)}
	case p.start.Before(settled):
		p.comeAgain(settled.Sub(p.start))
		return &conditions.Verdict{Progress: conditions.Wait, Reason: v1alpha1.ReasonSettling, Message: "Waiting until the peers' blocks have been unchanged for a while."}
	}
	return nil
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
// propagation takes up to 90 s (facts of Cilium, section 3).
const afterReload = 90 * time.Second
