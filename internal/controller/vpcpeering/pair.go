package vpcpeering

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// checkPair gives the pair of VPCs to one VPCPeering: the oldest that resolved to
// it. AWS allows one connection for a pair. The pins must be in the API server
// before the others are read there: of two objects at once at least one then
// sees the other.
func (p *pass) checkPair(ctx context.Context) (refusal, error) {
	if err := p.persist(ctx); err != nil {
		return nil, err
	}
	reader := p.Live
	if p.object.Status.PeeringConnectionID != "" {
		reader = p.Client
	}
	var others v1alpha1.VPCPeeringList
	if err := reader.List(ctx, &others); err != nil {
		return nil, fmt.Errorf("listing VPCPeerings: %w", err)
	}
	for i := range others.Items {
		other := &others.Items[i]
		if other.UID != p.object.UID && holdsPair(other, p.request.Sides) && older(other, p.object) {
			return p.refusePair(other), nil
		}
	}
	return nil, nil
}

// holdsPair: one in Plan mode holds nothing unless it already has a connection.
func holdsPair(other *v1alpha1.VPCPeering, sides peering.Sides) bool {
	if other.Spec.Mode == v1alpha1.ModePlan && other.Status.PeeringConnectionID == "" {
		return false
	}
	a, b := other.Status.Requester, other.Status.Accepter
	if a == nil || b == nil {
		return false
	}
	return at(a, sides.Requester) && at(b, sides.Accepter) || at(a, sides.Accepter) && at(b, sides.Requester)
}

func at(status *v1alpha1.SideStatus, side peering.Side) bool {
	return string(status.VPCID) == side.VPC && string(status.Region) == side.Region && string(status.AccountID) == side.Account
}

// older goes by creation. Of two objects of one second, which is as fine as
// timestamps are, one that has a connection is the holder: the other one would find
// that connection foreign, and neither would go on.
func older(a, b *v1alpha1.VPCPeering) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	if has, other := a.Status.PeeringConnectionID != "", b.Status.PeeringConnectionID != ""; has != other {
		return has
	}
	return a.Namespace+"/"+a.Name < b.Namespace+"/"+b.Name
}

// refusePair names the other only within its own namespace: across namespaces an
// object learns no more than that the pair is taken.
func (p *pass) refusePair(other *v1alpha1.VPCPeering) refusal {
	holder := "another VPCPeering"
	if other.Namespace == p.object.Namespace {
		holder = "VPCPeering " + other.Name
	}
	return refuse(peering.Stalled, v1alpha1.ReasonSamePair,
		"%s already joins %s and %s, and AWS allows one connection for a pair: delete this object, or add its clusters to that one",
		holder, p.request.Sides.Requester.VPC, p.request.Sides.Accepter.VPC)
}
