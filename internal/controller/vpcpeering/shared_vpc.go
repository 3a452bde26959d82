package vpcpeering

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// checkShared looks, before the first write, whether AWS RAM shares the VPC with the account that the
// security groups are to be in. Later it does not: what exists in a subnet that is no longer shared goes on
// working (VPC user guide, "Working with shared subnets").
func (p *reconciliation) checkShared(ctx context.Context) refusal {
	if p.joined() {
		return nil
	}
	for _, a := range actors(p.request.Sides) {
		owner := p.request.Sides.At(a.Role).Account
		if !a.groups || a.Account == owner || p.readable(a.Role)&aws.VPCs == 0 {
			continue
		}
		read, err := p.readSide(ctx, a, aws.Query{Owner: p.owner(), VPC: a.VPC, Kinds: aws.VPCs, NotBefore: p.notBefore()})
		switch {
		case err != nil:
			return new(p.failed("Reading the shared VPC", ofActor(a, err)))
		case read.VPC == nil:
			return refuse(verdict.Stalled, v1alpha1.ReasonVPCNotFound,
				"VPC %s (%s) is not shared with account %s of AWSIdentity %s. Share its subnets with that account by AWS RAM, or correct spec.%s.securityGroups.identityRef.",
				a.VPC, a.Role, a.Account, a.Identity, a.Role)
		}
	}
	return nil
}
