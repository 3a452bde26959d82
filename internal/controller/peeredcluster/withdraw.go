package peeredcluster

import (
	"context"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// withdrawUnneeded takes back what nothing needs any more: everything once the last
// peering is gone, and what was written elsewhere before writeTo or the strategy
// was changed, once what is to be is there. Nobody is rolled for it: a value that is
// too wide does no harm where no route leads.
func (p *pass) withdrawUnneeded(ctx context.Context) (withdrew bool, err error) {
	for _, place := range p.places() {
		if !place.ours || p.stays(place.backend) {
			continue
		}
		if place.backend == backendConfigMap {
			// Before it is gone: an agent made in between counts as an older one.
			p.noteInForce(cilium.InForce(p.observed.OwnRevisions()))
			if err := p.persist(ctx); err != nil {
				return withdrew, err
			}
		}
		if err := place.withdraw(ctx); err != nil {
			return withdrew, err
		}
		withdrew = true
		if p.gone() {
			p.noteInForce(netip.Prefix{})
		}
		p.comeAgain(afterSteps)
	}
	return withdrew, nil
}

// place is where something of ours may be.
type place struct {
	backend  string
	ours     bool
	withdraw func(context.Context) error
}

func (p *pass) places() []place {
	facts := p.observed.Facts
	return []place{
		{backendNodeConfig, len(p.observed.OwnRevisions()) > 0, func(ctx context.Context) error { return p.writeRevisions(ctx, nil) }},
		{backendConfigMap, facts.Applied.IsValid(), func(ctx context.Context) error { return p.writeConfigMap(ctx, netip.Prefix{}) }},
		{backendIPMasqAgent, facts.IPMasq.Mark != nil, p.withdrawIPMasq},
		{backendAWSNode, facts.AWSNode != nil && len(facts.AWSNode.Ours) > 0, func(ctx context.Context) error { return p.writeExcludeSNAT(ctx, nil) }},
	}
}

// gone: the last peering has left the cluster's union.
func (p *pass) gone() bool {
	return len(p.object.Status.Peerings) == 0 && p.decision.Kind == cilium.KindNotRequired
}

// stays: what is live is taken back only when nothing needs it, or when what is to
// be instead reaches every node (C2).
func (p *pass) stays(backend string) bool {
	return !p.gone() && (backend == p.backend() || !p.inPlace())
}

// inPlace: what was decided reaches every node that its backend can tell it to.
func (p *pass) inPlace() bool {
	facts := p.observed.Facts
	switch {
	case p.decision.Kind == cilium.KindExcludeSNAT:
		return len(facts.AWSNode.Ours) > 0
	case p.decision.Kind == cilium.KindIPMasqAgent:
		return facts.IPMasq.Mark != nil
	case p.decision.Kind != cilium.KindNativeRoutingCIDR:
		return false
	case p.backend() == backendConfigMap:
		return facts.Applied == p.decision.CIDR && p.released(p.decision.Revision)
	case p.decision.SetByOthers && p.object.Spec.Cilium.WriteTo != v1alpha1.WriteManual:
		return false // it may be gone tomorrow, and nobody asked for ours to go
	case p.backend() == backendManual:
		return true // the decision is one only where what is set without us covers every peer
	}
	return p.selectionOf(p.decision.Revision).ReachesAll()
}
