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
		p.goOn = false
		return peering.FindingsVerdict(findings), nil
	}
	if failed := p.observeAll(ctx); failed != nil {
		return p.half(ctx, *failed), nil
	}
	if refused := p.checkVPCs(); refused != nil {
		p.goOn = false
		return *refused, nil
	}
	if refused := p.checkShared(ctx); refused != nil {
		return *refused, nil
	}
	p.reportBlocks()
	p.noteBlocks()
	if !p.object.Spec.OnlyPlans() {
		if refused, err := p.checkPair(ctx); refused != nil || err != nil {
			p.goOn = false
			return orZero(refused), err
		}
	}
	return p.judgeFindings(peering.Preflight(p.request, p.snapshot)), nil
}

// judgeFindings: what was found blocks what was not made yet. What was made is
// kept up, except what could not be put on record.
func (p *reconciliation) judgeFindings(findings []peering.Finding) verdict.Verdict {
	if len(findings) > 0 {
		p.goOn = p.joined() && peering.Recordable(p.request, p.snapshot)
		return peering.FindingsVerdict(findings)
	}
	if p.sightless() {
		return verdict.New(verdict.Unclear, v1alpha1.ReasonSideUnread, "One side cannot be checked. What was made is kept up as far as it can be read.")
	}
	if awaited, waits := peering.Awaited(p.request, p.snapshot); waits {
		p.again.Within(slowly)
		return awaited
	}
	return peering.FindingsVerdict(nil, peering.Remarks(p.request, p.snapshot)...)
}

// observeAll reads what preflight looks at; nil: all of it was read.
func (p *reconciliation) observeAll(ctx context.Context) *verdict.Verdict {
	var beside sync.WaitGroup
	if p.wantsTopology() { // asked before: what is read meanwhile changes the answer
		beside.Go(func() { p.observeTopology(ctx) })
	}
	err := p.observe(ctx, p.notBefore(), aws.AllKinds)
	beside.Wait()
	if err != nil {
		return new(p.failed("Reading both sides", err))
	}
	p.recallConnection()
	if err := p.observeDetails(ctx, p.notBefore(), everyKind); err != nil {
		return new(p.failed("Reading subnets and security groups", err))
	}
	if err := p.observeDNSAttributes(ctx); err != nil {
		return new(p.failed("Reading the DNS attributes", err))
	}
	return nil
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
		if vpc == nil || p.readable(role)&aws.VPCs == 0 {
			continue
		}
		reader, err := p.reader(role)
		if err != nil {
			return err
		}
		support, hostnames, err := reader.DNSAttributes(ctx, vpc.ID)
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
		switch {
		case p.readable(role)&aws.VPCs == 0 && vpc != nil:
			continue // the last that is known
		case vpc == nil:
			return refuse(verdict.Stalled, v1alpha1.ReasonVPCNotFound,
				"VPC %s is not in %s of account %s (%s). Name an identity of the account that owns it. If vpcID or region is wrong, delete this VPCPeering and create another.",
				side.VPC, side.Region, side.Account, role)
		case vpc.OwnerID != side.Account:
			return refuse(verdict.Stalled, v1alpha1.ReasonWrongAccount,
				"VPC %s (%s) is owned by account %s and only shared with %s. Name an identity of account %[3]s in spec.%[2]s.identityRef, and this one in spec.%[2]s.securityGroups.identityRef.",
				side.VPC, role, vpc.OwnerID, side.Account)
		}
	}
	return nil
}

func (p *reconciliation) reportBlocks() {
	for _, role := range peering.Roles() {
		if p.readable(role)&aws.VPCs == 0 {
			continue
		}
		status := sideStatus(p.object, role)
		status.CIDRBlocks = cidr.Strings(p.snapshot.At(role).VPC.AssociatedBlocks())
	}
}
