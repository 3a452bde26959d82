package peeredcluster

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// judgeNodes says how the nodes stand, by what the planner decided.
func (n *nodeRollout) judgeNodes(decision rollout.Decision) verdict.Verdict {
	progress, reason := judgeState(decision)
	switch {
	case n.decision.Kind == cilium.KindNotRequired && decision.State == rollout.StateUpToDate:
		return verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired, decision.Message)
	case decision.State == rollout.StatePaused && !n.Object.Spec.Rollout.Paused:
		return verdict.New(verdict.Held, v1alpha1.ReasonBlocked,
			"No further node is started while CiliumConfigured is "+string(n.decision.Reason)+". What is live stays.")
	case decision.State == rollout.StateOnDelete && n.onlyTells():
		old := decision.Counts.Stale + decision.Counts.Split
		return verdict.Newf(progress, reason, "%s still %s the old value. spec.cilium.strategy is None, so renew %s yourself.",
			message.Count(old, "node"), message.Verb(old, "uses", "use"), message.Verb(old, "it", "them"))
	default:
		return verdict.New(progress, reason, decision.Message)
	}
}

// judgeWritten says how far the value got: written for all, or not yet. What is to be known of it is said before, too: then
// there is still time.
func judgeWritten(input rollout.Input, decision rollout.Decision, wanted cilium.Decision) verdict.Verdict {
	if input.Selection.Mode == cilium.SelectAllBut && input.Selection.Revision == input.Target {
		return verdict.New(verdict.Done, v1alpha1.ReasonConfigured, wanted.Message)
	}
	progress, reason := judgeState(decision)
	if progress == verdict.Done {
		progress, reason = verdict.Act, v1alpha1.ReasonProgressing
	}
	return verdict.New(progress, reason, decision.Message+wanted.Remarks)
}

// judgements say what a state is to kstatus, and the reason it is shown with.
var judgements = map[rollout.State]struct {
	progress verdict.Progress
	reason   string
}{
	rollout.StateUpToDate:                 {verdict.Done, v1alpha1.ReasonUpToDate},
	rollout.StateSettling:                 {verdict.Wait, v1alpha1.ReasonSettling},
	rollout.StateCanary:                   {verdict.Wait, v1alpha1.ReasonCanaryRunning},
	rollout.StatePaused:                   {verdict.Held, v1alpha1.ReasonPaused},
	rollout.StateStopped:                  {verdict.Held, v1alpha1.ReasonRolloutsStopped},
	rollout.StateAwaitingApproval:         {verdict.Held, v1alpha1.ReasonAwaitingApproval},
	rollout.StateOutsideWindow:            {verdict.Held, v1alpha1.ReasonOutsideWindow},
	rollout.StateWaitingForTurn:           {verdict.Wait, v1alpha1.ReasonWaitingForTurn},
	rollout.StateInvalidOrder:             {verdict.Stalled, v1alpha1.ReasonInvalidOrder},
	rollout.StateInvalidWindow:            {verdict.Stalled, v1alpha1.ReasonInvalidWindow},
	rollout.StateStrategyInsufficient:     {verdict.Stalled, v1alpha1.ReasonStrategyInsufficient},
	rollout.StateUpgrading:                {verdict.Wait, v1alpha1.ReasonCiliumUpgrading},
	rollout.StateUpgradePending:           {verdict.Held, v1alpha1.ReasonCiliumUpgradePending},
	rollout.StateOnDelete:                 {verdict.Held, v1alpha1.ReasonNodesStale},
	rollout.StateCanaryFailed:             {verdict.Stalled, v1alpha1.ReasonCanaryFailed},
	rollout.StateProgressDeadlineExceeded: {verdict.Stalled, v1alpha1.ReasonProgressDeadlineExceeded},
	rollout.StateEvidenceLost:             {verdict.Unclear, v1alpha1.ReasonEvidenceLost},
}

func judgeState(decision rollout.Decision) (verdict.Progress, string) {
	if decision.State == rollout.StateBlocked {
		return blockedProgress(decision.BlockedNodes), v1alpha1.ReasonBlocked
	}
	if judged, known := judgements[decision.State]; known {
		return judged.progress, judged.reason
	}
	return verdict.Act, v1alpha1.ReasonProgressing
}

// blockedProgress: a node that is away or was uncordoned again is tried again without
// anybody's help; anything else needs a person.
func blockedProgress(nodes []rollout.BlockedNode) verdict.Progress {
	for _, node := range nodes {
		switch node.Reason {
		case rollout.BlockedNotReady, rollout.BlockedDrainTimeout, podrules.BlockedByNodePoolSchedule, podrules.ReasonPodRefusesForNow:
		default:
			return verdict.Stalled
		}
	}
	return verdict.Wait
}
