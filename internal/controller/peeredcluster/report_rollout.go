package peeredcluster

import (
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// reportRollout writes counts, blocked nodes and both conditions.
func (p *pass) reportRollout(input rollout.Input, decision rollout.Decision) {
	counts := decision.Counts
	p.object.Status.Nodes = &v1alpha1.NodeCounts{
		Total: int32(counts.Total), Current: int32(counts.Current), Stale: int32(counts.Stale),
		Split: int32(counts.Split), InProgress: int32(counts.InProgress), Blocked: int32(counts.Blocked), Unmanaged: int32(counts.Unmanaged),
	}
	p.object.Status.BlockedNodes = nil
	for _, node := range decision.BlockedNodes {
		p.object.Status.BlockedNodes = append(p.object.Status.BlockedNodes, v1alpha1.BlockedNode{
			Name: node.Name, Reason: node.Reason, Message: node.Message,
		})
	}
	p.reportCanary(input)
	p.reportPlan(input, decision)
	progress, reason := judgeState(decision)
	if p.decision.Kind == cilium.KindNotRequired && decision.State == rollout.StateUpToDate {
		progress, reason = conditions.NotRequired, v1alpha1.ReasonNotRequired
	}
	message := decision.Message
	if decision.State == rollout.StatePaused && !p.object.Spec.Rollout.Paused {
		progress, reason = conditions.Held, v1alpha1.ReasonBlocked
		message = "No further node is started while CiliumConfigured is " + string(p.decision.Reason) + "; what is live stays."
	}
	if decision.State == rollout.StateOnDelete && p.onlyTells() {
		message = fmt.Sprintf("%d nodes run what was set before, and none is touched, since spec.cilium.strategy is None: renew them.", counts.Stale+counts.Split)
	}
	p.conditions.Set(v1alpha1.ConditionNodesUpToDate, progress, reason, message)
	if p.decision.Kind == cilium.KindNativeRoutingCIDR {
		p.configured.written = new(judgeWritten(input, decision, p.decision.Message))
	}
}

// judgeWritten says how far the value got: written for all, or not yet.
func judgeWritten(input rollout.Input, decision rollout.Decision, message string) verdict.Verdict {
	if input.Selection.Mode == cilium.SelectAllBut && input.Selection.Revision == input.Target {
		return verdict.New(verdict.Done, v1alpha1.ReasonConfigured, message)
	}
	progress, reason := judgeState(decision)
	if progress == verdict.Done {
		progress, reason = verdict.Act, v1alpha1.ReasonProgressing
	}
	return verdict.New(progress, reason, decision.Message)
}

// judgements say what a state is to kstatus, and the reason it is shown with.
var judgements = map[rollout.State]struct {
	progress conditions.Progress
	reason   string
}{
	rollout.StateUpToDate:                 {conditions.Done, v1alpha1.ReasonUpToDate},
	rollout.StateSettling:                 {conditions.Wait, v1alpha1.ReasonSettling},
	rollout.StateCanary:                   {conditions.Wait, v1alpha1.ReasonCanaryRunning},
	rollout.StatePaused:                   {conditions.Held, v1alpha1.ReasonPaused},
	rollout.StateStopped:                  {conditions.Held, v1alpha1.ReasonRolloutsStopped},
	rollout.StateAwaitingApproval:         {conditions.Held, v1alpha1.ReasonAwaitingApproval},
	rollout.StateOutsideWindow:            {conditions.Held, v1alpha1.ReasonOutsideWindow},
	rollout.StateInvalidWindow:            {conditions.Stalled, v1alpha1.ReasonInvalidWindow},
	rollout.StateStrategyInsufficient:     {conditions.Stalled, v1alpha1.ReasonStrategyInsufficient},
	rollout.StateUpgrading:                {conditions.Wait, v1alpha1.ReasonCiliumUpgrading},
	rollout.StateOnDelete:                 {conditions.Held, v1alpha1.ReasonNodesStale},
	rollout.StateCanaryFailed:             {conditions.Stalled, v1alpha1.ReasonCanaryFailed},
	rollout.StateProgressDeadlineExceeded: {conditions.Stalled, v1alpha1.ReasonProgressDeadlineExceeded},
	rollout.StateEvidenceLost:             {conditions.Unclear, v1alpha1.ReasonEvidenceLost},
}

func judgeState(decision rollout.Decision) (conditions.Progress, string) {
	if decision.State == rollout.StateBlocked {
		return blockedProgress(decision.BlockedNodes), v1alpha1.ReasonBlocked
	}
	if judged, known := judgements[decision.State]; known {
		return judged.progress, judged.reason
	}
	return conditions.Act, v1alpha1.ReasonProgressing
}

// blockedProgress: a node that is away or was given back is tried again without
// anybody's help; anything else needs a person.
func blockedProgress(nodes []rollout.BlockedNode) conditions.Progress {
	for _, node := range nodes {
		switch node.Reason {
		case rollout.BlockedNotReady, rollout.BlockedDrainTimeout, podrules.BlockedByNodePoolSchedule:
		default:
			return conditions.Stalled
		}
	}
	return conditions.Wait
}

// reportCanary shows the node that tries the newest revision. That it has passed is
// remembered while the revision is wanted, though the node may be gone.
func (p *pass) reportCanary(input rollout.Input) {
	was := p.ciliumStatus().Canary
	passed := was != nil && was.Revision == input.Target && was.State == v1alpha1.CanaryPassed
	if !passed {
		p.ciliumStatus().Canary = nil
	}
	for _, node := range input.Nodes {
		record := node.Record
		if record == nil || !record.Canary || record.Revision != input.Target {
			continue
		}
		canary := &v1alpha1.CanaryStatus{Revision: record.Revision, Node: node.Name, State: v1alpha1.CanaryRunning}
		switch {
		case record.Failed != "":
			canary.State, canary.Message = v1alpha1.CanaryFailed, record.Failed
		case !record.Held(), passed:
			canary.State = v1alpha1.CanaryPassed
		}
		p.ciliumStatus().Canary = canary
	}
}
