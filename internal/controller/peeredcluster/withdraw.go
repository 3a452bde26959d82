package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// withdrawUnneeded withdraws what nothing needs any more: everything once the last
// peering is gone, and what was written elsewhere before writeTo or the strategy
// was changed, once what is wanted is there. No node is renewed for it: a value that is
// too wide does no harm where no route leads.
func (c *configuration) withdrawUnneeded(ctx context.Context) (withdrew bool, err error) {
	for _, place := range c.backends().All() {
		if !place.Ours() || c.stays(place.Name()) {
			continue
		}
		if err := c.withdraw(ctx, place); err != nil {
			return withdrew, err
		}
		withdrew = true
		c.Within(afterSteps)
	}
	return withdrew, nil
}

func (c *configuration) withdraw(ctx context.Context, place backend.Backend) error {
	if place.Name() == backend.ConfigMap {
		// Before it is gone: an agent made in between counts as an older one.
		c.noteInForce(cilium.InForce(c.view.OwnRevisions()))
		if err := c.Persist(ctx); err != nil {
			return err
		}
	}
	if err := place.Withdraw(ctx); err != nil {
		return err
	}
	if _, list := place.(backend.List); c.gone() && !list { // a list is in no history: nodes booted with what they booted with
		c.noteInForce(netip.Prefix{})
	}
	return nil
}

// stays: what is live is withdrawn only when nothing needs it, or when what is to
// be instead reaches every node (C2).
func (c *configuration) stays(name string) bool {
	return !c.gone() && (name == c.backendName() || !c.inPlace())
}

// inPlace: what was decided reaches every node that its backend can tell it to.
func (c *configuration) inPlace() bool {
	to, decision := c.backend(), c.decision
	switch {
	case decision.WritesList():
		return to.Ours()
	case decision.Kind != cilium.KindNativeRoutingCIDR:
		return false
	case to.Name() == backend.ConfigMap:
		return c.view.Facts.Applied == decision.CIDR && c.released(decision.Revision)
	case decision.SetByOthers && c.Object.Spec.Cilium.WriteTo != v1alpha1.WriteManual:
		return false // it may be gone tomorrow, and nobody asked for ours to go
	case to.Name() == backend.Manual:
		return true // the decision is one only where what is set without us covers every peer
	}
	return c.selectionOf(decision.Revision).ReachesAll()
}
