package vpcpeering

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// setDNS sets each side's DNS option through that side's own account and region.
func (p *reconciliation) setDNS(ctx context.Context) (verdict.Verdict, error) {
	plan := peering.PlanDNS(p.request, p.snapshot, p.connection)
	if plan.Progress == verdict.Done {
		return plan.Verdict, nil
	}
	if err := p.observe(ctx, p.start, aws.Connections); err != nil {
		return p.failed("Reading the DNS options", err), nil
	}
	todo := p.withoutFought(v1alpha1.ConditionDNSReady, peering.PlanDNS(p.request, p.snapshot, p.connection).Actions)
	outcomes, err := p.applyAll(ctx, todo.free)
	p.countRepairs(todo, outcomes, err)
	if err != nil {
		return todo.beside(p.failed("Setting the DNS options", err)), nil
	}
	if todo.fought != nil {
		return *todo.fought, nil
	}
	if err := p.observe(ctx, p.Clock.Now(), aws.Connections); err != nil {
		return p.failed("Reading the DNS options", err), nil
	}
	return p.orLookAgain(peering.PlanDNS(p.request, p.snapshot, p.connection).Verdict), nil
}
