package vpcpeering

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// report writes the conditions of this reconciliation and tells of what changed.
func (p *reconciliation) report(ctx context.Context) error {
	report := p.newReport()
	switch {
	case p.consent.Held != nil:
		// What was made before is there, and conditions go on saying so.
		report.Keep()
		report.Overall(*p.consent.Held)
	case p.object.Spec.OnlyPlans() && p.object.Status.Plan != nil && len(p.verdicts) > 0:
		p.reportPlanned(report)
	}
	return p.write(ctx, report)
}

func (p *reconciliation) newReport() *conditions.Report {
	report := conditions.NewReport(p.steps()...)
	for _, step := range p.steps() {
		if judged, visited := p.verdicts[step]; visited && !p.mayPassUnseen(judged) {
			report.Judge(step, judged)
			if judged.Reason == v1alpha1.ReasonAWSError && judged.Progress == verdict.Wait {
				report.Keep()
			}
		}
	}
	if len(p.kept) > 0 {
		report.Keep(p.kept...)
	}
	p.reportPath(report)
	report.WhenReady(p.whenReady())
	return report
}

// mayPassUnseen holds for a step that could not look at one side for a moment: what
// was seen last is kept then, as it is where both sides do not answer.
func (p *reconciliation) mayPassUnseen(judged verdict.Verdict) bool {
	if judged.Reason != v1alpha1.ReasonSideUnread {
		return false
	}
	for _, step := range []string{v1alpha1.ConditionIdentitiesReady, v1alpha1.ConditionPreflightPassed} {
		if earlier := p.verdicts[step]; earlier.Progress == verdict.Wait && earlier.Reason == v1alpha1.ReasonAWSError {
			return true
		}
	}
	return false
}

// whenReady claims what was seen, and no more.
func (p *reconciliation) whenReady() string {
	seen := "connection, group rules, routes, Cilium and nodes"
	if p.verdicts[v1alpha1.ConditionCiliumConfigured].Reason == v1alpha1.ReasonNotRequired {
		seen = "connection, group rules and routes"
	}
	traffic := "Pod traffic is not verified."
	if p.verified() {
		traffic = "Pods were seen reaching each other both ways."
	}
	return fmt.Sprintf("Connection %s joins %s and %s. Seen in place: %s. %s",
		p.object.Status.PeeringConnectionID, p.request.Sides.Requester.VPC, p.request.Sides.Accepter.VPC, seen, traffic)
}

// verified: in this reconciliation, or in an earlier one whose result still counts.
func (p *reconciliation) verified() bool {
	if judged, given := p.verdicts[v1alpha1.ConditionConnectivityVerified]; given {
		return judged.Reason == v1alpha1.ReasonVerified
	}
	kept := meta.FindStatusCondition(p.draft.Before.Status.Conditions, v1alpha1.ConditionConnectivityVerified)
	return slices.Contains(p.kept, v1alpha1.ConditionConnectivityVerified) && kept != nil && kept.Reason == v1alpha1.ReasonVerified
}

// reportPlanned: nothing was changed, and nothing claims otherwise.
func (p *reconciliation) reportPlanned(report *conditions.Report) {
	if report.Stops(v1alpha1.ConditionIdentitiesReady) || report.Stops(v1alpha1.ConditionPreflightPassed) {
		return
	}
	report.Overall(verdict.Newf(verdict.Held, v1alpha1.ReasonPlanned,
		"Mode is Plan, so nothing was changed. status.plan lists %s. To carry out exactly them, set spec.approvedPlan to %s; to carry out whatever is needed, set mode: Apply.",
		message.Count(len(p.object.Status.Plan.Actions), "line"), p.object.Status.Plan.Hash))
}

func (p *reconciliation) reportPaused(ctx context.Context) error {
	report := conditions.NewReport(p.steps()...)
	report.Keep()
	report.Overall(verdict.New(verdict.Held, v1alpha1.ReasonPaused, "spec.paused is true, so nothing is repaired or changed. Set it to false to resume."))
	return p.write(ctx, report)
}

func (p *reconciliation) reportTeardown(ctx context.Context, judged verdict.Verdict) error {
	report := conditions.NewReport(p.steps()...)
	report.Keep()
	report.Overall(judged)
	return p.write(ctx, report)
}

// write tells of Ready's transitions; the steps' are in the conditions.
func (p *reconciliation) write(ctx context.Context, report *conditions.Report) error {
	p.object.Status.LastHandledReconcileAt = p.retryToken()
	changed, err := p.draft.Report(ctx, report, p.Clock.Now())
	if err == nil {
		p.announcer().Changed(object.Ready(changed), "Reconcile")
	}
	return err
}
