package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidrgroup"
)

// keepCIDRGroups keeps a CiliumCIDRGroup for each peering, where that is asked for, and
// none where it is not. It comes last: no traffic depends on it.
func (p *pass) keepCIDRGroups(ctx context.Context) error {
	if !p.decided() || p.cidrGroupsDone() {
		return nil
	}
	request := cidrgroup.Request{Owner: p.owner(), Wanted: p.wantsCIDRGroups(), Peers: asPeers(p.object.Status.Peerings)}
	outcome, err := cidrgroup.Reconcile(ctx, p.connection.Client, request)
	if request.Wanted {
		p.configured.cidrGroups = outcome
	}
	if err != nil {
		return p.orSoon(err)
	}
	if outcome.Clean {
		p.memory.withoutGroups = p.object.Generation
	}
	return nil
}

// cidrGroupsDone: none is wanted, and at this generation none was left.
func (p *pass) cidrGroupsDone() bool {
	return !p.wantsCIDRGroups() && p.memory.withoutGroups == p.object.Generation
}

func (p *pass) wantsCIDRGroups() bool {
	return p.object.Spec.Cilium.CIDRGroups == v1alpha1.CIDRGroupsEnabled && p.object.DeletionTimestamp.IsZero()
}
