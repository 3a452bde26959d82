package diagnosis

import (
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// diverted asks whether a CiliumEgressGatewayPolicy takes the source's packets to another node. It does not take answers
// (egress_gw_request_needs_redirect in bpf/lib/egress_gateway.h of cilium), so the destination's cluster is not asked.
func diverted(e Evidence) result {
	subject := e.From.Policies
	if e.From.Pod == nil {
		return holds("No pod was named.")
	}
	subject.Pod = e.From.Pod
	if policy, taken := subject.Diverted(e.To.addresses()); len(taken) > 0 {
		return fails("CiliumEgressGatewayPolicy %s sends what pod %s/%s sends to %s through its gateway, with the gateway's address. Add the peer's blocks to its excludedCIDRs.",
			policy, e.From.Pod.Namespace, e.From.Pod.Name, message.List(cidr.Strings(taken)))
	}
	for _, kind := range []string{policies.KindGateway, policies.KindNode} {
		if why := subject.Unread[kind]; why != "" {
			return unclear("It cannot be told whether an egress gateway takes the pod's packets: %s", why)
		}
	}
	return holds("No CiliumEgressGatewayPolicy takes the pod's packets to the peer.")
}

// administrated asks for policies of administrators. Which of them Cilium enforces depends on its version, so what one says is
// not judged; that there is one is said.
func administrated(direction policies.Direction) func(Evidence) result {
	return func(e Evidence) result {
		own, subject, _ := selected(e, direction)
		if own.Pod == nil {
			return holds("No pod was named.")
		}
		if names := subject.Administrators(direction); len(names) > 0 {
			return unclear("%s may be in force for pod %s/%s and is not judged here. Read it yourself.", message.List(names), own.Pod.Namespace, own.Pod.Name)
		}
		for _, kind := range policies.AdminKinds() {
			if why := subject.Unread[kind]; why != "" {
				return unclear("It cannot be told whether such a policy selects the pod: %s", why)
			}
		}
		return holds("No such policy selects the pod.")
	}
}

// lookedInto asks for rules that admit the peer and then look into the packets.
func lookedInto(direction policies.Direction) func(Evidence) result {
	return func(e Evidence) result {
		own, subject, peer := selected(e, direction)
		if own.Pod == nil {
			return holds("No pod was named.")
		}
		if names := subject.Inside(direction, peer); len(names) > 0 {
			return unclear("A rule of policy %s admits the peer and looks into the packets (HTTP, DNS, server names): what it asks of a request is not judged here. Read it yourself.", message.List(names))
		}
		return holds("No rule that admits the peer looks into the packets.")
	}
}
