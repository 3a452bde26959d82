package peeredcluster

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// backends are the ways to write, with what this reconciliation observed.
func (p *pass) backends() backend.Set {
	return backend.New(backend.Cluster{
		Client: p.connection.Client, Install: p.observed.Install, Facts: p.observed.Facts,
		Own: p.observed.OwnRevisions(), NodeConfigVersion: p.observed.NodeConfigVersion,
	})
}

// backend is where this decision is written, or would be if nothing stood in the way;
// nil: nowhere.
func (p *pass) backend() backend.Backend { return p.backends().For(p.ciliumPolicy(), p.decision) }

// backendName is what status shows of it.
func (p *pass) backendName() string {
	if to := p.backend(); to != nil {
		return to.Name()
	}
	return ""
}

// valueBackend is where a native routing CIDR is written.
func (p *pass) valueBackend() backend.Backend {
	return p.backends().ForValue(p.ciliumPolicy(), p.decision)
}

func (p *pass) ciliumPolicy() cilium.Policy {
	spec := p.object.Spec.Cilium
	pin, _ := netip.ParsePrefix(spec.NativeRoutingCIDR)
	return cilium.Policy{
		Strategy: cilium.Strategy(spec.Strategy), WriteTo: cilium.WriteTo(spec.WriteTo),
		Pin: pin, Acknowledged: prefixes(spec.AcknowledgedCIDRs),
	}
}
