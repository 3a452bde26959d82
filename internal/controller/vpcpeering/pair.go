package vpcpeering

import (
	"context"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// checkPair gives the pair of VPCs to one VPCPeering: whose tag is on the live
// connection, else the one that asked for a connection, else the oldest that
// resolved to the pair. AWS allows one connection for a pair. The pins must be in
// the API server before the others are read there: of two objects at once at
// least one then sees the other. In this process they go one after the other
// (claims). Where both continue all the same (two managers, and an older object
// that was resolved a moment later), AWS decides between them: a repeated request
// is answered with the first one's id (terraform-provider-aws#27750), a reversed
// one is refused at Accept (#44315), and whose tag is not on it steps back.
func (p *reconciliation) checkPair(ctx context.Context) (refusal, error) {
	if err := p.draft.Persist(ctx); err != nil {
		return nil, err
	}
	found := peering.FindConnection(p.request, p.snapshot)
	if found.Ours || len(found.Redundant) > 0 { // a redundant request is withdrawn first
		return nil, nil
	}
	pair := pairOf(p.request.Sides)
	if p.object.Status.PeeringConnectionID != "" {
		rivals, err := p.rivals(ctx, pair)
		if err != nil {
			return nil, err
		}
		return p.refusedBy(ctx, rivals)
	}
	if !p.claims.enter(pair, client.ObjectKeyFromObject(p.object)) {
		p.again.Within(soon)
		return refuse(verdict.Wait, v1alpha1.ReasonProgressing,
			"Another VPCPeering of %s and %s is being looked at; this one follows.", p.request.Sides.Requester.VPC, p.request.Sides.Accepter.VPC), nil
	}
	rivals, err := p.liveRivals(ctx, pair)
	if err != nil {
		return nil, err
	}
	return p.refusedBy(ctx, rivals)
}

// leavePair lets the next VPCPeering of the pair look.
func (p *reconciliation) leavePair() {
	p.claims.leave(pairOf(p.request.Sides), client.ObjectKeyFromObject(p.object))
}

// refusedBy looks for the rival that holds the pair. One that was never admitted holds nothing, whatever
// its status says.
func (p *reconciliation) refusedBy(ctx context.Context, rivals []v1alpha1.VPCPeering) (refusal, error) {
	for i := range rivals {
		other := &rivals[i]
		if !holdsPair(other, p.request.Sides) || !before(other, p.object) {
			continue
		}
		if admitted, err := p.everAdmitted(ctx, other); err != nil || admitted {
			return p.refusePair(other), err
		}
	}
	return nil, nil
}

// holdsPair: one in Plan mode holds nothing unless it already has a connection,
// and one that is not admitted holds nothing unless it requested one before.
func holdsPair(other *v1alpha1.VPCPeering, sides peering.Sides) bool {
	if other.Spec.OnlyPlans() && other.Status.PeeringConnectionID == "" {
		return false
	}
	if meta.IsStatusConditionFalse(other.Status.Conditions, v1alpha1.ConditionIdentitiesReady) && !hasAsked(other) {
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

// before puts one that has asked for a connection first: what works is not given
// up for an older object that is admitted later, which would find the connection
// foreign, so that neither would continue. Else it goes by creation.
func before(a, b *v1alpha1.VPCPeering) bool {
	if has, other := hasAsked(a), hasAsked(b); has != other {
		return has
	}
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.Namespace+"/"+a.Name < b.Namespace+"/"+b.Name
}

// hasAsked holds from the moment at which status says that a connection is being
// asked for.
func hasAsked(object *v1alpha1.VPCPeering) bool {
	active := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionPeeringActive)
	asking := active != nil && active.Status == metav1.ConditionFalse && active.Reason == v1alpha1.ReasonProgressing
	return object.Status.PeeringConnectionID != "" || asking
}

// refusePair names the other only within its own namespace: across namespaces an
// object learns no more than that the pair is taken.
func (p *reconciliation) refusePair(other *v1alpha1.VPCPeering) refusal {
	holder := "Another VPCPeering"
	if other.Namespace == p.object.Namespace {
		holder = "VPCPeering " + other.Name
	}
	return refuse(verdict.Stalled, v1alpha1.ReasonSamePair,
		"%s already joins %s and %s, and AWS allows one connection for a pair. Delete this object, or add its clusters to that one.",
		holder, p.request.Sides.Requester.VPC, p.request.Sides.Accepter.VPC)
}
