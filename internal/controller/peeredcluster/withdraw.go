package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// withdrawUnneeded takes back what nothing needs any more: everything once the last
// peering is gone, and what was written elsewhere before writeTo or the strategy
// was changed, once what is to be is there. Nobody is rolled for it: a value that is
// too wide does no harm where no route leads.
func (p *pass) withdrawUnneeded(ctx context.Context) (withdrew bool, err error) {
	for _, place := range p.backends().All() {
		if !place.Ours() || p.stays(place.Name()) {
			continue
		}
		if err := p.withdraw(ctx, place); err != nil {
			return withdrew, err
		}
		withdrew = true
		p.comeAgain(afterSteps)
	}
	return withdrew, nil
}

func (p *pass) withdraw(ctx context.Context, place backend.Backend) error {
	if place.Name() == backend.ConfigMap {
		// Before it is gone: an agent made in between counts as an older one.
		p.noteInForce(cilium.InForce(p.observed.OwnRevisions()))
		if err := p.persist(ctx); err != nil {
			return err
		}
	}
	if err := place.Withdraw(ctx); err != nil {
		return err
	}
	if p.gone() {
		p.noteInForce(netip.Prefix{})
	}
	return nil
}

// gone: the last peering has left the cluster's union.
func (p *pass) gone() bool {
	return len(p.object.Status.Peerings) == 0 && p.decision.Kind == cilium.KindNotRequired
}

// stays: what is live is taken back only when nothing needs it, or when what is to
// be instead reaches every node (C2).
func (p *pass) stays(name string) bool {
	return !p.gone() && (name == p.backendName() || !p.inPlace())
}

// inPlace: what was decided reaches every node that its backend can tell it to.
func (p *pass) inPlace() bool {
	to, decision := p.backend(), p.decision
	switch {
	case decision.WritesList():
		return to.Ours()
	case decision.Kind != cilium.KindNativeRoutingCIDR:
		return false
	case to.Name() == backend.ConfigMap:
		return p.observed.Facts.Applied == decision.CIDR && p.released(decision.Revision)
	case decision.SetByOthers && p.object.Spec.Cilium.WriteTo != v1alpha1.WriteManual:
		return false // it may be gone tomorrow, and nobody asked for ours to go
	case to.Name() == backend.Manual:
		return true // the decision is one only where what is set without us covers every peer
	}
	return p.selectionOf(decision.Revision).ReachesAll()
}
