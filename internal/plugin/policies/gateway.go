package policies

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Diverted is the first CiliumEgressGatewayPolicy that takes some of what the pod sends to the peer, and which part it takes.
func (s Subject) Diverted(peer []netip.Prefix) (policy string, taken []netip.Prefix) {
	pod := cilium.Endpoint{Namespace: s.Pod.Namespace, Labels: s.Pod.Labels, NodeLabels: s.NodeLabels}
	for _, policy := range s.Gateways {
		if taken := policy.Takes(pod, peer); len(taken) > 0 {
			return policy.Metadata.Name, taken
		}
	}
	return "", nil
}
