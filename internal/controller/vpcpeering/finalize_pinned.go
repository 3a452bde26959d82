package vpcpeering

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// resolvePinned prepares both sides from status; false when a side was never
// resolved. A read that failed is an error: what cannot be read is not gone.
func (p *reconciliation) resolvePinned(ctx context.Context) (resolved bool, err error) {
	sides, resolved := pinnedSides(p.object)
	if !resolved {
		return false, nil
	}
	for _, a := range actors(sides) {
		if *p.credentials(a), err = p.pinnedIdentity(ctx, a); err != nil {
			return false, err
		}
	}
	for _, role := range peering.Roles() {
		if err := p.loadPinnedClusters(ctx, role); err != nil {
			return false, err
		}
	}
	if err := p.admittedAsPinned(ctx, sides); err != nil {
		return false, err
	}
	p.request = p.newRequest(sides)
	return true, nil
}

// loadPinnedClusters leaves out those that are gone, and those that do not admit the object: what
// status says is not enough to reach a cluster.
func (p *reconciliation) loadPinnedClusters(ctx context.Context, role peering.Role) error {
	for _, name := range sideStatus(p.object, role).Clusters {
		cluster := &v1alpha1.PeeredCluster{}
		if err := p.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return fmt.Errorf("reading PeeredCluster %s: %w", name, err)
		}
		admitted, err := object.Namespaces{Reader: p.Client}.Admit(ctx, cluster.Spec.AllowedNamespaces, p.object.Namespace)
		if err != nil {
			return err
		}
		if admitted {
			p.sides.At(role).clusters = append(p.sides.At(role).clusters, cluster)
		}
	}
	return nil
}

// pinnedSide is what status says a side resolved to.
func pinnedSide(object *v1alpha1.VPCPeering, role peering.Role) peering.Side {
	pinned := sideStatus(object, role)
	side := peering.Side{Role: role, Account: string(pinned.AccountID), Region: string(pinned.Region), VPC: string(pinned.VPCID), Identity: pinned.Identity}
	if groups := pinned.SecurityGroups; groups != nil {
		side.GroupsAccount, side.GroupsIdentity = string(groups.AccountID), groups.Identity
	}
	return side
}

// pinnedIdentity notes an identity that is gone: nothing can be removed through it. It
// does not ask whether the identity is Ready: see inOtherAccounts.
func (p *reconciliation) pinnedIdentity(ctx context.Context, a actor) (aws.Identity, error) {
	identity, gone, err := p.awsIdentities().Find(ctx, a.Identity, "The "+string(a.Role))
	switch {
	case err != nil:
		return aws.Identity{}, err
	case gone != nil:
		*p.awayOf(a) = fmt.Sprintf("AWSIdentity %s is gone. Create it again.", a.Identity)
		return aws.Identity{}, nil //nolint:nilerr // an identity that is gone is no failure here
	}
	return object.Credentials(identity), nil
}

// pinnedSides are what status says that the sides resolved to; false: a side never was.
func pinnedSides(of *v1alpha1.VPCPeering) (sides peering.Sides, resolved bool) {
	for _, role := range peering.Roles() {
		pinned := sideStatus(of, role)
		if pinned == nil || pinned.VPCID == "" {
			return peering.Sides{}, false
		}
		*sides.At(role) = pinnedSide(of, role)
	}
	return sides, true
}
