package vpcpeering

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// Who may write the status of VPCPeerings may write pins, ids and records into it. So what an
// object may do in AWS once nobody admits it any more, and when it is deleted, goes by what was
// recorded while it was admitted, in the status of AWSIdentities.

// admission is what the identity of a side says of the object now, and said.
type admission struct {
	identity *v1alpha1.AWSIdentity
	place    object.Place
	// admitted is true while the identity admits the object to that VPC, recorded when its status
	// says that it did.
	admitted, recorded bool
}

// lookUpAdmission reads what a side's identity says; nil: there is no such identity.
func (p *reconciliation) lookUpAdmission(ctx context.Context, side peering.Side) (*admission, error) {
	return p.lookUpAdmissionOf(ctx, p.object, side)
}

func (p *reconciliation) lookUpAdmissionOf(ctx context.Context, of *v1alpha1.VPCPeering, side peering.Side) (*admission, error) {
	identity, gone, err := p.awsIdentities().Find(ctx, side.Identity, string(side.Role))
	if gone != nil || err != nil {
		return nil, err // that an identity is gone is an answer
	}
	admitted, err := object.Namespaces{Reader: p.Client}.Admit(ctx, identity.Spec.AllowedNamespaces, of.Namespace)
	if err != nil {
		return nil, err
	}
	place := object.Place{Account: v1alpha1.AccountID(side.Account), Region: v1alpha1.Region(side.Region), VPC: v1alpha1.VPCID(side.VPC)}
	return &admission{
		identity: identity, place: place,
		admitted: admitted && object.PermitsVPC(identity, place.VPC),
		recorded: object.WasAdmitted(identity, of.UID, place),
	}, nil
}

// everAdmitted reports whether another object is, or was, admitted to what its status says that it
// resolved to.
func (p *reconciliation) everAdmitted(ctx context.Context, other *v1alpha1.VPCPeering) (bool, error) {
	sides, resolved := pinnedSides(other)
	if !resolved {
		return false, nil
	}
	for _, a := range actors(sides) {
		found, err := p.lookUpAdmissionOf(ctx, other, a.Side)
		if err != nil || found == nil || !found.admitted && !found.recorded {
			return false, err
		}
	}
	return true, nil
}
