package vpcpeering

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// keepGroups resolves who acts on the security groups of a pinned side whose network cannot be reached: rules are kept
// up while the owner's identity is gone. The pin alone is not enough: anybody who writes status could have written it.
// So the spec must name the same identity, and that must admit the namespace now. Else the groups are away, too.
func (p *reconciliation) keepGroups(ctx context.Context, side peering.Side, namespace *corev1.Namespace) (refusal, error) {
	away := p.groupsAway.At(side.Role)
	if !side.Shared() || *away != "" {
		return nil, nil
	}
	if !p.namesGroupsOf(side) {
		*away = *p.away.At(side.Role)
		return nil, nil
	}
	user := identityUser{role: side.Role, name: side.GroupsIdentity, noun: "security groups of the " + string(side.Role), away: away}
	identity, refused, err := p.loadIdentity(ctx, user, v1alpha1.VPCID(side.VPC), namespace)
	switch {
	case err != nil || refused != nil && *away == "":
		return refused, err
	case refused != nil:
		return nil, nil // the network's refusal says it first
	}
	now := side
	now.GroupsAccount = string(identity.Status.AccountID)
	if now != side {
		*away = "AWSIdentity " + identity.Name
		return checkGroupsPin(side.Role, sideStatus(p.object, side.Role), p.sideInventory(side.Role), now), nil
	}
	p.actOnGroups(side.Role, identity)
	return nil, nil
}

// namesGroupsOf reports whether the spec, with all of its clusters at hand, still means the pinned side and the
// identity of its groups. With a cluster missing nobody can say which groups are wanted.
func (p *reconciliation) namesGroupsOf(side peering.Side) bool {
	spec, clusters := sideSpec(p.object, side.Role), p.sides.At(side.Role).clusters
	found, refused := resolvePlace(side.Role, spec, clusters)
	return refused == nil && len(clusters) == len(spec.ClusterRefs) && found.groups == side.GroupsIdentity &&
		string(found.region) == side.Region && string(found.vpc) == side.VPC
}

// actOnGroups takes the credentials of an identity that was admitted, and what it allows.
func (p *reconciliation) actOnGroups(role peering.Role, identity *v1alpha1.AWSIdentity) {
	side := p.sides.At(role)
	side.groupsIdentity = object.Credentials(identity)
	side.allowed.GroupsIdentity, side.allowed.GroupTags = identity.Name, identity.Spec.AllowedSecurityGroupTags
}
