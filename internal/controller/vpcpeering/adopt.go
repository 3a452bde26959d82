package vpcpeering

import (
	"context"
	"errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// adopt makes ours what spec.adopt names; nil: nothing is left to adopt. All of
// it is checked once more on what is read now, and is on record before the first
// tag is written: routes have no tags, and are ours by the record alone.
func (p *reconciliation) adopt(ctx context.Context) (*verdict.Verdict, error) {
	if p.planAdoption().Progress == verdict.Done {
		return nil, nil
	}
	kinds := aws.Connections | aws.RouteTables | aws.Groups | aws.Rules
	if err := errors.Join(p.observe(ctx, p.start, kinds), p.observeDetails(ctx, p.start, kinds|aws.Subnets)); err != nil {
		return new(p.failed("Reading what spec.adopt names", err)), nil
	}
	if plan := p.planAdoption(); plan.Progress == verdict.Act {
		if judged, err := p.actOnAdoption(ctx, plan); judged != nil || err != nil {
			return judged, err
		}
	}
	plan := p.planAdoption()
	if plan.Progress == verdict.Done {
		return nil, nil
	}
	return new(p.orLookAgain(plan.Verdict)), nil
}

func (p *reconciliation) planAdoption() peering.AdoptionPlan {
	p.planConnection()
	return peering.PlanAdoption(p.request, p.snapshot)
}

// actOnAdoption writes down what is about to be ours, tags it, and reads the tags. Tags that somebody takes off again
// and again are left alone, like all else.
func (p *reconciliation) actOnAdoption(ctx context.Context, plan peering.AdoptionPlan) (*verdict.Verdict, error) {
	todo := p.withoutFought(v1alpha1.ConditionPeeringActive, plan.Actions)
	if todo.fought != nil && len(todo.free) == 0 {
		return todo.fought, nil
	}
	if err := p.recordAdoption(ctx); err != nil {
		return nil, err
	}
	p.announceAdoption(plan)
	outcomes, applied := p.applyAll(ctx, todo.free)
	p.countRepairs(todo, outcomes, applied)
	read := p.observe(ctx, p.Clock.Now(), aws.Connections|aws.Rules)
	if err := errors.Join(applied, read); err != nil {
		return new(p.failed("Adopting what spec.adopt names", err)), nil
	}
	return todo.fought, nil
}

// recordAdoption covers all that is ours by now, and what will be made: with a
// record, whatever is not in it is somebody else's.
func (p *reconciliation) recordAdoption(ctx context.Context) error {
	rules, routes := p.planRules(), p.planRoutes()
	adopted := peering.AdoptedRecord(p.request)
	p.recordRules(rules)
	p.recordRoutes(routes)
	p.object.Status.Inventory.Adopted = adopted
	if err := p.draft.Persist(ctx); err != nil {
		return err
	}
	p.request.Inventory = p.object.Status.Inventory.DeepCopy()
	return nil
}

// announceAdoption tells of each thing once, before it is done: what is ours by
// the record alone is then no longer left to adopt.
func (p *reconciliation) announceAdoption(plan peering.AdoptionPlan) {
	for _, line := range plan.Lines() {
		p.announcer().Tell(eventAdopted, "Adopt", "Started to "+line+".")
	}
}
