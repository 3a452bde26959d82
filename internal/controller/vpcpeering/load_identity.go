package vpcpeering

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func (p *reconciliation) awsIdentities() object.Identities {
	return object.Identities{Reader: p.Client}
}

// identityUser is who wants to act through an identity.
type identityUser struct {
	role peering.Role
	// name of the identity.
	name string
	// noun is what it is for: "requester", or "security groups of the requester".
	noun string
	// away is told where the identity cannot be used for now.
	away *string
}

func (p *reconciliation) loadIdentity(ctx context.Context, user identityUser, vpc v1alpha1.VPCID, namespace *corev1.Namespace) (*v1alpha1.AWSIdentity, refusal, error) {
	identity, missing, err := p.awsIdentities().Find(ctx, user.name, "The "+user.noun)
	switch {
	case err != nil:
		return nil, nil, err
	case missing != nil:
		*user.away = "AWSIdentity " + user.name
		return nil, &missing.Verdict, nil //nolint:nilerr // a refusal is a verdict, and no failure
	case !admits(identity.Spec.AllowedNamespaces, namespace):
		return nil, p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonNamespaceNotAllowed,
			"AWSIdentity %s does not admit namespace %s. Its owner must add the namespace to spec.allowedNamespaces.", identity.Name, namespace.Name), identity), nil
	case !object.PermitsVPC(identity, vpc):
		return nil, p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonVPCNotAllowed,
			"AWSIdentity %s does not list %s (%s). Its owner must add the VPC to spec.allowedVPCIDs.", identity.Name, vpc, user.noun), identity), nil
	case p.object.Spec.DeletionPolicy == v1alpha1.DeletionOrphan && !object.PermitsLeaving(identity):
		return nil, refuse(verdict.Stalled, v1alpha1.ReasonDeletionPolicyNotAllowed,
			"AWSIdentity %s (%s) does not allow deletionPolicy Orphan. Set spec.deletionPolicy to Delete, or let its owner add Orphan to its spec.deletionPolicies.", identity.Name, user.noun), nil
	case !identity.DeletionTimestamp.IsZero() && !p.usedIdentity(user.role, identity.Name):
		return nil, beingDeleted(user.role, "AWSIdentity", identity.Name), nil
	}
	if refused := object.Checked(identity, user.noun); refused != nil {
		*user.away = "AWSIdentity " + identity.Name
		//nolint:nilerr // a refusal is a verdict, without its detail: it may name accounts that are no business of this namespace
		return nil, &refused.Verdict, nil
	}
	return identity, nil, nil
}

// admits reports whether a namespace may use an object; by default none may. A
// selector that is not valid admits none: its owner is told by the object itself.
func admits(allowed v1alpha1.AllowedNamespaces, namespace *corev1.Namespace) bool {
	admitted, err := allowed.Admits(namespace.Name, namespace.Labels)
	return err == nil && admitted
}
