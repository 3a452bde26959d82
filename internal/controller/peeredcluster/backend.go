package peeredcluster

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// backends are the ways to write, with what this reconciliation observed.
func (c *configuration) backends() backend.Set {
	return backend.New(backend.Cluster{
		Client: c.connection.Client, Install: c.view.Install, Facts: c.view.Facts,
		Own: c.view.OwnRevisions(), NodeConfigVersion: c.view.NodeConfigVersion,
		History: c.historyToKeep().String(),
	})
}

// backend is where this decision is written, or would be if nothing stood in the way;
// nil: nowhere.
func (c *configuration) backend() backend.Backend {
	return c.backends().For(c.ciliumPolicy(), c.decision)
}

// backendName is what status shows of it.
func (c *configuration) backendName() string {
	if to := c.backend(); to != nil {
		return to.Name()
	}
	return ""
}

// valueBackend is where a native routing CIDR is written.
func (c *configuration) valueBackend() backend.Backend {
	return c.backends().ForValue(c.ciliumPolicy(), c.decision)
}

func (c *configuration) ciliumPolicy() cilium.Policy {
	spec := c.Object.Spec.Cilium
	pin, _ := netip.ParsePrefix(spec.NativeRoutingCIDR)
	return cilium.Policy{
		Strategy: cilium.Strategy(spec.Strategy), WriteTo: cilium.WriteTo(spec.WriteTo),
		Pin: pin, Acknowledged: prefixes(spec.AcknowledgedCIDRs),
	}
}
