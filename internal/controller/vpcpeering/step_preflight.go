package vpcpeering

import (
	"context"
	"sync"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// preflight observes both sides and checks, before the first write, everything
// that can be known; all findings are reported at once.
func (p *reconciliation) preflight(ctx context.Context) (verdict.Verdict, error) {
	// What the sides themselves rule out comes before any call: an endpoint of
	// another partition knows neither our credentials nor the VPC.
	if findings := peering.Preflight(p.request, peering.Snapshot{}); len(findings) > 0 {
		return peering.FindingsVerdict(findings), nil
	}
	var beside sync.WaitGroup
	beside.Go(func() { p.observeTopology(ctx) })
	err := p.observe(ctx, p.notBefore(), aws.AllKinds)
	beside.Wait()
	if err != nil {
		return p.failed("Reading both sides", err), nil
	}
	if err := p.observeSubnets(ctx, p.notBefore()); err != nil {
		return p.failed("Reading subnets", err), nil
	}
	if err := p.observeDNSAttributes(ctx); err != nil {
		return p.failed("Reading the DNS attributes", err), nil
	}
	if refused := p.checkVPCs(); refused != nil {
		return *refused, nil
	}
	p.reportBlocks()
	if p.object.Spec.Mode != v1alpha1.ModePlan {
		if refused, err := p.checkPair(ctx); refused != nil || err != nil {
			return orZero(refused), err
		}
	}
	return peering.FindingsVerdict(peering.Preflight(p.request, p.snapshot)), nil
}

func orZero(refused refusal) verdict.Verdict {
	if refused == nil {
		return verdict.Verdict{}
	}
	return *refused
}

func (p *reconciliation) observeDNSAttributes(ctx context.Context) error {
	if !p.request.WantsDNS() {
		return nil
	}
	for _, role := range peering.Roles() {
		vpc := p.snapshot.At(role).VPC
		if vpc == nil {
			continue
		}
		support, hostnames, err := p.reader(role).DNSAttributes(ctx, vpc.ID)
		if err != nil {
			return err
		}
		known := *vpc
		known.DNSSupport, known.DNSHostnames = &support, &hostnames
		aws.Merge(p.snapshot.At(role), peering.SideSnapshot{VPC: &known}, aws.VPCs)
	}
	return nil
}

// checkVPCs: the VPC must be there, and the account must own it. A VPC shared
// through RAM is visible, but its peering connections belong to its owner (VPC
// user guide, "Share your VPC with other accounts").
func (p *reconciliation) checkVPCs() refusal {
	for _, role := range peering.Roles() {
		side, vpc := p.request.Sides.At(role), p.snapshot.At(role).VPC
		if vpc == nil {
			return refuse(verdict.Stalled, v1alpha1.ReasonVPCNotFound,
				"VPC %s is not in %s of account %s (%s). Name an identity of the account that owns it. If vpcID or region is wrong, delete this VPCPeering and create another.",
				side.VPC, side.Region, side.Account, role)
		}
		if vpc.OwnerID != side.Account {
			return refuse(verdict.Stalled, v1alpha1.ReasonWrongAccount,
				"VPC %s (%s) is owned by account %s and only shared with %s. Name an identity of account %s.", side.VPC, role, vpc.OwnerID, side.Account, vpc.OwnerID)
		}
	}
	return nil
}

func (p *reconciliation) reportBlocks() {
	for _, role := range peering.Roles() {
		status := sideStatus(p.object, role)
		status.CIDRBlocks = cidr.Strings(p.snapshot.At(role).VPC.AssociatedBlocks())
	}
}
