package vpcpeering

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// resolveIdentities resolves both sides to an account, a region and a VPC that
// this namespace may act on, and pins them in status.
func (p *reconciliation) resolveIdentities(ctx context.Context) (verdict.Verdict, error) {
	namespace := &corev1.Namespace{}
	if err := p.Get(ctx, client.ObjectKey{Name: p.object.Namespace}, namespace); err != nil {
		return verdict.Verdict{}, fmt.Errorf("reading namespace %s: %w", p.object.Namespace, err)
	}
	var sides peering.Sides
	var refused []refusedSide
	for _, role := range peering.Roles() {
		side, why, err := p.resolveSide(ctx, role, namespace)
		if err != nil {
			return verdict.Verdict{}, err
		}
		if why != nil {
			if !p.askedBefore() && !p.isDeleted() {
				return *why, nil
			}
			if side, err = p.asFarAsKnown(ctx, role); err != nil {
				return verdict.Verdict{}, err
			}
			refused = append(refused, refusedSide{side, why})
		}
		*sides.At(role) = side
	}
	if len(refused) > 0 {
		return p.withoutSides(ctx, sides, refused, namespace)
	}
	p.stillAdmitted = true
	p.request = p.newRequest(sides)
	return verdict.Newf(verdict.Done, v1alpha1.ReasonReady,
		"Both sides are resolved: %s and %s.", sides.Requester, sides.Accepter), nil
}

func (p *reconciliation) resolveSide(ctx context.Context, role peering.Role, namespace *corev1.Namespace) (peering.Side, refusal, error) {
	if refused, err := p.loadClusters(ctx, role, namespace); refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	found, refused := resolvePlace(role, sideSpec(p.object, role), p.sides.At(role).clusters)
	if refused != nil {
		if refused.Reason == v1alpha1.ReasonClusterNotResolved {
			*p.away.At(role) = "its PeeredClusters"
		}
		return peering.Side{}, refused, nil
	}
	user := identityUser{role: role, name: found.identity, noun: string(role), away: p.away.At(role)}
	identity, refused, err := p.loadIdentity(ctx, user, found.vpc, namespace)
	if refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	side := peering.Side{
		Role: role, Account: string(identity.Status.AccountID), Region: string(found.region),
		VPC: string(found.vpc), Identity: identity.Name,
	}
	if refused := checkPin(role, sideStatus(p.object, role), side); refused != nil {
		return peering.Side{}, refused, nil
	}
	p.sides.At(role).identity = object.Credentials(identity)
	p.sides.At(role).allowed = peering.Allowed{
		Identity: identity.Name, GroupTags: identity.Spec.AllowedSecurityGroupTags, TableTags: identity.Spec.AllowedRouteTableTags,
	}
	if refused, err := p.resolveGroups(ctx, found, namespace, &side); refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	return side, nil, p.pin(ctx, role, side)
}

// resolveGroups adds the identity that acts on a side's security groups, where the spec names one. It is
// admitted as the side's own.
func (p *reconciliation) resolveGroups(ctx context.Context, found place, namespace *corev1.Namespace, side *peering.Side) (refusal, error) {
	role := side.Role
	if found.groups != "" {
		user := identityUser{role: role, name: found.groups, noun: "security groups of the " + string(role), away: p.groupsAway.At(role)}
		identity, refused, err := p.loadIdentity(ctx, user, found.vpc, namespace)
		if refused != nil || err != nil {
			return refused, err
		}
		side.GroupsAccount, side.GroupsIdentity = string(identity.Status.AccountID), identity.Name
		p.actOnGroups(role, identity)
	}
	return checkGroupsPin(role, sideStatus(p.object, role), p.sideInventory(role), *side), nil
}

func (p *reconciliation) loadClusters(ctx context.Context, role peering.Role, namespace *corev1.Namespace) (refusal, error) {
	for _, ref := range sideSpec(p.object, role).ClusterRefs {
		cluster := &v1alpha1.PeeredCluster{}
		err := p.Get(ctx, client.ObjectKey{Name: ref.Name}, cluster)
		switch {
		case apierrors.IsNotFound(err):
			*p.away.At(role) = "PeeredCluster " + ref.Name
			return refuse(verdict.Stalled, v1alpha1.ReasonClusterNotFound, "spec.%s.clusterRefs: There is no PeeredCluster %s. Create it, or correct the name.", role, ref.Name), nil
		case err != nil:
			return nil, fmt.Errorf("reading PeeredCluster %s: %w", ref.Name, err)
		case !admits(cluster.Spec.AllowedNamespaces, namespace):
			return p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonNamespaceNotAllowed,
				"PeeredCluster %s does not admit namespace %s. Its owner must add the namespace to spec.allowedNamespaces.", ref.Name, namespace.Name), nil), nil
		case !cluster.DeletionTimestamp.IsZero() && !p.usedCluster(role, ref.Name):
			return beingDeleted(role, "PeeredCluster", ref.Name), nil
		}
		p.sides.At(role).clusters = append(p.sides.At(role).clusters, cluster)
	}
	return nil, nil
}
