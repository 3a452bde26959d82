package peeredcluster

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// configuration is the routing configuration of Cilium in a cluster that was read:
// what was decided on it, and the ways to write it.
type configuration struct {
	valueHistory
	connection *cluster.Connection
	// peerings are the VPCPeerings that name this cluster.
	peerings []v1alpha1.VPCPeering
	decision cilium.Decision
	// undecided: the decision is an earlier one, since AWS could not be read.
	undecided bool
	// groupsLeft says whether CiliumCIDRGroups of this installation are in the cluster; nil: this reconciliation did not get to know.
	groupsLeft *bool
}

// decided reports whether a decision was made at all in this reconciliation.
func (c *configuration) decided() bool { return c.decision.Kind != "" }

// gone: the last peering has left the cluster's union.
func (c *configuration) gone() bool {
	return len(c.Object.Status.Peerings) == 0 && c.decision.Kind == cilium.KindNotRequired && !c.keeps()
}

// onlyTells: whoever wants nothing written has nothing renewed either.
func (c *configuration) onlyTells() bool {
	return c.Object.Spec.Cilium.Strategy == v1alpha1.CiliumNone
}

// target is the value that nodes should run, and whether a node may be started on for
// it. Where a finding holds a value back, what is live stays, and no node is started on.
func (c *configuration) target() (value netip.Prefix, mayStart bool) {
	switch {
	case c.decision.Kind == cilium.KindNativeRoutingCIDR, c.undecided:
		return c.decision.CIDR, !c.undecided
	case len(c.Object.Status.Peerings) == 0:
		return netip.Prefix{}, true
	default:
		return c.ownInForce(), c.decision.Kind == cilium.KindNotRequired
	}
}
