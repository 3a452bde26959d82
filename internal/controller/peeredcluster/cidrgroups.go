package peeredcluster

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
)

// keepCIDRGroups keeps a CiliumCIDRGroup for each peering, where that is asked for, and
// none where it is not. It comes last: no traffic depends on it.
func (c *configuration) keepCIDRGroups(ctx context.Context, found *findings) error {
	if !c.decided() || c.cidrGroupsDone() || c.knowsNothing() {
		return nil
	}
	request := cidrgroup.Request{Owner: c.owner, Wanted: c.wantsCIDRGroups(), Peers: asPeers(c.Object.Status.Peerings)}
	outcome, err := cidrgroup.Reconcile(ctx, c.connection.Client, request)
	if request.Wanted {
		found.configured.cidrGroups = outcome
	}
	if outcome.Unseen && apierrors.IsForbidden(err) && c.Object.Spec.Cilium.CIDRGroups != v1alpha1.CIDRGroupsEnabled {
		return nil // the right to them is needed by nobody who wants none
	}
	if err != nil {
		found.configured.groupsRefused, err = c.refused("The CiliumCIDRGroups", err)
		return err
	}
	if outcome.Clean {
		c.memory.withoutGroups = c.Object.Generation
	}
	return nil
}

// cidrGroupsDone: none is wanted, and at this generation none was left.
func (c *configuration) cidrGroupsDone() bool {
	return !c.wantsCIDRGroups() && c.memory.withoutGroups == c.Object.Generation
}

func (c *configuration) wantsCIDRGroups() bool {
	return c.Object.Spec.Cilium.CIDRGroups == v1alpha1.CIDRGroupsEnabled && c.Object.DeletionTimestamp.IsZero()
}
