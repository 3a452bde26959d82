package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
)

// keepCIDRGroups keeps a CiliumCIDRGroup for each peering, where that is asked for, and
// none where it is not. It comes last: no traffic depends on it.
func (c *configuration) keepCIDRGroups(ctx context.Context, found *findings) error {
	if !c.decided() || c.cidrGroupsDone() {
		return nil
	}
	request := cidrgroup.Request{Owner: c.owner, Wanted: c.wantsCIDRGroups(), Peers: asPeers(c.Object.Status.Peerings)}
	outcome, err := cidrgroup.Reconcile(ctx, c.connection.Client, request)
	if request.Wanted {
		found.configured.cidrGroups = outcome
	}
	if err != nil {
		return c.orSoon(err)
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
