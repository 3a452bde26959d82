package vpcpeering

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// plan fills status.plan with what is left to do and what blocks it, where somebody reads it: in
// mode Plan, and while a plan is approved. It needs both sides to have been seen whole: the hash of half a plan is none
// to approve, so the last whole plan stays. Nil: none was made.
func (p *reconciliation) plan(ctx context.Context) (*peering.Plan, error) {
	if p.object.Spec.ApprovedPlan == "" { // whoever withdrew it approves again
		p.object.Status.Approval = nil
	}
	if !p.showsPlan() {
		p.object.Status.Plan = nil
		return nil, nil
	}
	if !p.seenWhole() {
		return nil, nil
	}
	if err := p.findHeirs(ctx, p.removesRules()); err != nil {
		return nil, err
	}
	whole := p.makePlan()
	p.object.Status.Plan = whole.Status()
	return &whole, nil
}

// seenWhole reports whether all was read that a plan depends on.
func (p *reconciliation) seenWhole() bool {
	return p.snapshot.Requester.VPC != nil && p.snapshot.Accepter.VPC != nil && !p.sightless()
}

func (p *reconciliation) showsPlan() bool {
	return p.object.Spec.Mode == v1alpha1.ModePlan || p.object.Spec.ApprovedPlan != ""
}

func (p *reconciliation) makePlan() peering.Plan { return peering.MakePlan(p.request, p.snapshot) }

// agree reports whether anything may be written in this reconciliation. What is approved is on record before the
// first write: of an interrupted plan the rest is approved, whatever hash that has by itself. Whole is the plan as
// it is shown; nil: one side was not seen.
func (p *reconciliation) agree(ctx context.Context, whole *peering.Plan) (bool, error) {
	if p.object.Spec.ApprovedPlan == "" {
		return true, nil
	}
	if whole == nil {
		whole = new(p.makePlan())
	}
	before := p.draft.Before.Status
	p.consent = peering.Agree(peering.Approval{Spec: p.object.Spec, Record: before.Approval, Shown: before.Plan, Plan: *whole, Unread: p.sightless()})
	p.object.Status.Approval = p.consent.Record
	if p.consent.Held != nil {
		return false, nil
	}
	if !p.consent.Limited() || equality.Semantic.DeepEqual(before.Approval, p.consent.Record) {
		return true, nil
	}
	if len(p.consent.Record.Items) > 0 {
		p.announcer().Tell(eventPlanStarted, "Apply", "Started to carry out the approved plan "+p.object.Spec.ApprovedPlan+".")
	}
	return true, p.draft.Persist(ctx)
}

// errNotApproved refuses a write that the approved plan does not have: what it was decided on was read after the plan
// was agreed to.
var errNotApproved = errors.New("the approved plan does not have it")

// notApproved finds the first write that was refused so.
func notApproved(errs []error) *refusedAction {
	for _, err := range separate(errs) {
		if refused, ok := errors.AsType[*refusedAction](err); ok && errors.Is(err, errNotApproved) {
			return refused
		}
	}
	return nil
}

func (p *reconciliation) outdatedBy(refused *refusedAction) verdict.Verdict {
	p.again.Within(soon)
	next := "Read status.plan, then set spec.approvedPlan to its hash."
	if p.sightless() {
		next = "One side cannot be read, so status.plan is compared when that side answers."
	}
	return verdict.Newf(verdict.Held, v1alpha1.ReasonPlanOutdated,
		"The approved plan %s does not have what is needed now: %s. %s", p.object.Spec.ApprovedPlan, refused.action, next)
}

// noteCarriedOut notes that all that the approved plan writes at AWS was seen in place: from now on repairs need no
// approval. What is left to do is shown.
func (p *reconciliation) noteCarriedOut() {
	if !p.showsPlan() || !p.seenWhole() {
		return
	}
	p.request.OnlyRepair = false // which routes may be made now is no part of what is left to do
	p.object.Status.Plan = p.makePlan().Status()
	if !p.consent.Limited() {
		return
	}
	for _, step := range []string{v1alpha1.ConditionPeeringActive, v1alpha1.ConditionSecurityGroupsReady, v1alpha1.ConditionRoutesReady, v1alpha1.ConditionDNSReady} {
		if judged, visited := p.verdicts[step]; !visited || !judged.Progress.Fulfilled() {
			return
		}
	}
	if !p.wasCarriedOut() {
		p.announcer().Tell(eventPlanCarriedOut, "Apply", "All that the approved plan "+p.object.Spec.ApprovedPlan+" changes in AWS was seen in place.")
	}
	p.object.Status.Approval = peering.CarriedOut(p.object.Spec)
}

// wasCarriedOut: a change of the spec that asks for nothing of AWS is no event.
func (p *reconciliation) wasCarriedOut() bool {
	before := p.draft.Before.Status.Approval
	return before != nil && before.CarriedOutFor != "" && before.Hash == p.object.Spec.ApprovedPlan
}
