package vpcpeering

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
	"github.com/crossvpc/crossvpc/internal/verification"
)

// steps are those of this object, in pipeline order.
func (p *reconciliation) steps() []string {
	steps := v1alpha1.VPCPeeringSteps()
	if p.verifies() {
		steps = append(steps, v1alpha1.ConditionConnectivityVerified)
	}
	return steps
}

func (p *reconciliation) verifies() bool {
	return p.object.Spec.Verification != nil && p.object.Spec.Verification.Enabled
}

// verify lets probe pods prove that pods talk, once every other step holds. A reconciliation
// does what can be done now and requeues: nothing waits.
func (p *reconciliation) verify(ctx context.Context) error {
	if !p.verifies() {
		p.forgetVerification(ctx)
		return nil
	}
	if !p.allDone() {
		p.abandonRun(ctx)
		return nil
	}
	if nothing := p.nothingToProbe(); nothing != "" {
		p.object.Status.Verification = nil
		p.verdicts[v1alpha1.ConditionConnectivityVerified] = verdict.New(verdict.Done, v1alpha1.ReasonNotRequired, nothing+", so nothing was verified.")
		return nil
	}
	if refused := p.anotherNamespace(); refused != nil {
		p.abandonRun(ctx)
		p.verdicts[v1alpha1.ConditionConnectivityVerified] = *refused
		return nil
	}
	status := p.verification()
	if status.RunStartTime == nil {
		if wait := p.untilDue(status); wait > 0 {
			p.kept = append(p.kept, v1alpha1.ConditionConnectivityVerified)
			p.again.Within(wait)
			return nil
		}
		status.RunStartTime = new(metav1.NewTime(p.start))
		if err := p.draft.Persist(ctx); err != nil {
			return err
		}
	}
	return p.runProbes(ctx)
}

func (p *reconciliation) allDone() bool {
	return !slices.ContainsFunc(v1alpha1.VPCPeeringSteps(), func(step string) bool { return p.verdicts[step].Progress != verdict.Done })
}

// nothingToProbe says why there are no pods to run, "" when there are.
func (p *reconciliation) nothingToProbe() string {
	for _, role := range peering.Roles() {
		if len(p.sides.At(role).clusters) == 0 {
			return "The " + string(role) + " names no cluster to run probe pods in"
		}
		if _, ok := verification.PortFor(p.request.Admitted(role)); !ok {
			return "The " + string(role) + " admits no TCP, which probe pods use"
		}
	}
	return ""
}

func (p *reconciliation) verification() *v1alpha1.VerificationStatus {
	if p.object.Status.Verification == nil {
		p.object.Status.Verification = &v1alpha1.VerificationStatus{}
	}
	return p.object.Status.Verification
}

// untilDue is how long the last result still counts; it does not count for another
// spec, nor after a step before it did not hold for a while.
func (p *reconciliation) untilDue(status *v1alpha1.VerificationStatus) time.Duration {
	last := meta.FindStatusCondition(p.draft.Before.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
	if status.LastRunTime == nil || last == nil || last.ObservedGeneration != p.object.Generation || last.Reason == v1alpha1.ReasonNotVisited || p.retryAsked() {
		return 0
	}
	return status.LastRunTime.Add(p.untilNextRun(status)).Sub(p.start)
}

// runProbes takes the run in progress a step further.
func (p *reconciliation) runProbes(ctx context.Context) error {
	status := p.verification()
	if p.ProbeImage == "" {
		p.finishRun(ctx, p.newRun(p.start), []v1alpha1.Finding{{Reason: v1alpha1.ProbeNoImage, Message: "crossvpc was started without --probe-image. Set it to crossvpc's own image."}})
		return nil
	}
	run := p.newRun(status.RunStartTime.Time)
	findings, over, err := p.runOn(ctx, &run)
	switch {
	case err != nil:
		return p.orSilent(ctx, run, err)
	case len(findings) > 0 || over:
		p.finishRun(ctx, run, findings)
	default:
		p.stillProbing()
	}
	return nil
}

// runOn observes the run's pods and makes those that are wanted next.
func (p *reconciliation) runOn(ctx context.Context, run *verification.Run) ([]v1alpha1.Finding, bool, error) {
	reached, err := p.connectProbes(ctx, run)
	if err != nil {
		return nil, false, err
	}
	p.probes = reached
	findings, err := reached.observe(ctx, run)
	if err != nil || len(findings) > 0 {
		return findings, false, err
	}
	step := run.Next()
	refused, err := reached.create(ctx, step.Create)
	return append(step.Findings, refused...), step.Over, err
}

// stillProbing leaves a former result as it is until there is a new one.
func (p *reconciliation) stillProbing() {
	p.again.Within(soon)
	last := meta.FindStatusCondition(p.draft.Before.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
	if last != nil && last.Reason != v1alpha1.ReasonNotVisited && p.verification().LastRunTime != nil {
		p.kept = append(p.kept, v1alpha1.ConditionConnectivityVerified)
		return
	}
	p.verdicts[v1alpha1.ConditionConnectivityVerified] = verdict.New(verdict.Wait, v1alpha1.ReasonProbing, "Probe pods run in the clusters of both sides.")
}

// orSilent waits for a cluster that does not answer for as long as a run may take, and
// ends the run at once where a person has to put something right.
func (p *reconciliation) orSilent(ctx context.Context, run verification.Run, err error) error {
	known, ok := errors.AsType[*cluster.Error](err)
	if !ok {
		return err
	}
	if known.Passing && !run.Expired() {
		p.stillProbing()
		return nil
	}
	p.finishRun(ctx, run, []v1alpha1.Finding{{Reason: known.Reason, Message: message.Cut(known.Message, longestFinding)}})
	return nil
}

// finishRun judges what the pods reported, and removes them.
func (p *reconciliation) finishRun(ctx context.Context, run verification.Run, findings []v1alpha1.Finding) {
	status := p.verification()
	judgement := run.Judge(p.evidence(ctx, run), findings, status.FailedRuns)
	status.RunStartTime, status.LastRunTime = nil, new(metav1.NewTime(p.Clock.Now()))
	status.Results, status.Findings, status.Directions = judgement.Results, judgement.Findings, judgement.Directions
	status.FailedRuns++
	if judgement.Passed() {
		status.FailedRuns = 0
	}
	p.verdicts[v1alpha1.ConditionConnectivityVerified] = judgement.Verdict
	p.removeProbes(ctx)
	p.again.Within(p.untilNextRun(status))
}

// untilNextRun is how long a result counts.
func (p *reconciliation) untilNextRun(status *v1alpha1.VerificationStatus) time.Duration {
	interval := time.Duration(p.object.Spec.Verification.IntervalSeconds) * time.Second
	if status.FailedRuns > 0 {
		interval = min(interval, afterFailure)
	}
	return interval
}
