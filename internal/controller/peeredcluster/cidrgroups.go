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
	switch {
	case c.cidrGroupsDone():
		c.groupsLeft = new(false)
		return nil
	case c.knowsNothing():
		return c.lookForCIDRGroups(ctx)
	case c.wantsCIDRGroups() && !c.decided():
		return nil
	}
	request := cidrgroup.Request{
		Owner: c.owner, Wanted: c.wantsCIDRGroups(), OnlyOwn: c.onlyOwnGroups(), Peers: asPeers(c.Object.Status.Peerings),
	}
	outcome, err := cidrgroup.Reconcile(ctx, c.connection.Client, request)
	if request.Wanted {
		found.configured.cidrGroups = outcome
	}
	if outcome.Unseen && apierrors.IsForbidden(err) && c.Object.Spec.Cilium.CIDRGroups != v1alpha1.CIDRGroupsEnabled {
		c.groupsLeft = new(false) // nobody can say
		return nil                // the right to them is needed by nobody who wants none
	}
	if err != nil {
		found.configured.groupsRefused, err = c.refused("The CiliumCIDRGroups", err)
		return err
	}
	c.noteGroups(!outcome.Clean && !outcome.Missing && !c.takenUp, outcome.Clean)
	return nil
}

// onlyOwnGroups: those of an earlier PeeredCluster are deleted in the deletion of this one alone, and only where no other one takes
// them up. PeeredCluster/local of a new hub wants none itself, and policies in the cluster name those that are there (A11).
func (c *configuration) onlyOwnGroups() bool {
	return c.takenUp || c.Object.DeletionTimestamp.IsZero()
}

// lookForCIDRGroups touches none: those that are there an earlier PeeredCluster of this installation wrote, and policies may name them
// until its VPCPeerings are back (A11). They go with this PeeredCluster. Who may not see them wants none so far.
func (c *configuration) lookForCIDRGroups(ctx context.Context) error {
	if c.memory.withoutGroups == c.Object.Generation {
		c.groupsLeft = new(false)
		return nil
	}
	names, err := cidrgroup.Written(ctx, c.connection.Client, c.owner)
	if err != nil && !apierrors.IsForbidden(err) {
		return err
	}
	c.noteGroups(len(names) > 0, err == nil && len(names) == 0)
	return nil
}

// noteGroups remembers only what was seen.
func (c *configuration) noteGroups(left, none bool) {
	c.groupsLeft, c.memory.withoutGroups = new(left), 0
	if none {
		c.memory.withoutGroups = c.Object.Generation
	}
}

// cidrGroupsDone: none is wanted, and at this generation none was left.
func (c *configuration) cidrGroupsDone() bool {
	return !c.wantsCIDRGroups() && c.memory.withoutGroups == c.Object.Generation
}

func (c *configuration) wantsCIDRGroups() bool {
	return c.Object.Spec.Cilium.CIDRGroups == v1alpha1.CIDRGroupsEnabled && c.Object.DeletionTimestamp.IsZero()
}
