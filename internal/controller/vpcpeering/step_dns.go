package vpcpeering

import (
	"context"

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
	plan = peering.PlanDNS(p.request, p.snapshot, p.connection)
	if err := p.apply(ctx, plan.Actions); err != nil {
		return p.failed("Setting the DNS options", err), nil
	}
	if err := p.observe(ctx, p.Clock.Now(), aws.Connections); err != nil {
		return p.failed("Reading the DNS options", err), nil
	}
	return p.orLookAgain(peering.PlanDNS(p.request, p.snapshot, p.connection).Verdict), nil
}
