package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// selected is the end whose policies a direction asks, and the peer of its connections.
func selected(e Evidence, direction policies.Direction) (own End, subject policies.Subject, peer policies.Peer) {
	own, far := e.From, e.To
	if direction == policies.Ingress {
		own, far = far, own
	}
	subject = own.Policies
	subject.Pod = own.Pod
	return own, subject, policies.Peer{Blocks: far.addresses(), Port: e.Port}
}

// admittedBy asks whether the policies of a kind let the pod open connections to the peer, or the peer to the pod.
func admittedBy(kind string, direction policies.Direction) func(Evidence) result {
	return func(e Evidence) result {
		own, subject, peer := selected(e, direction)
		if own.Pod == nil {
			return holds("No pod was named.")
		}
		judged := subject.ByKind(kind, direction, peer)
		of := fmt.Sprintf("%s %s", kind, message.List(judged.Policies))
		switch judged.Verdict {
		case policies.Open:
			return holds("No %s closes the pod for %s.", kind, direction)
		case policies.Admitted:
			return holds("The policies that select the pod admit the peer (%s).", of)
		case policies.Denied:
			return fails("%s denies the peer's addresses (%s) in %sDeny, and no other rule takes that back. Take them out of it.",
				of, message.List(cidr.Strings(peer.Blocks)), strings.ToLower(string(direction)))
		case policies.DeniedInPart:
			return unclear("%s denies %s of the peer in %sDeny, and no policy stops the rest of it. Name the address or the pod that you mean.",
				of, message.List(cidr.Strings(judged.Part)), strings.ToLower(string(direction)))
		case policies.Unsettled:
			return unclear("It cannot be told %s.", judged.Why)
		case policies.Closed:
		}
		return fails("%s closes pod %s/%s for %s, and no rule admits %s, or not all of it. Add one with a %s of the peer: selectors of pods match none of another cluster.",
			of, own.Pod.Namespace, own.Pod.Name, direction, message.List(cidr.Strings(peer.Blocks)), field(kind, direction))
	}
}

// field is what names addresses in a policy.
func field(kind string, direction policies.Direction) string {
	switch {
	case kind == policies.KindKubernetes:
		return "ipBlock"
	case direction == policies.Egress:
		return "toCIDR"
	}
	return "fromCIDR"
}

// onPort asks whether the rules that admit the peer do so on the port that was asked for.
func onPort(direction policies.Direction) func(Evidence) result {
	return func(e Evidence) result {
		own, subject, peer := selected(e, direction)
		if own.Pod == nil {
			return holds("No pod was named.")
		}
		judged := subject.ByPort(direction, peer)
		switch {
		case peer.Port == nil:
			return anyPort(judged)
		case judged.Verdict == policies.Unsettled:
			return unclear("It cannot be told %s.", judged.Why)
		case judged.Verdict == policies.Closed:
			return fails("The policies that close pod %s/%s for %s (%s) admit %s, but not on port %s. Add the port to the rule that admits the peer.",
				own.Pod.Namespace, own.Pod.Name, direction, message.List(judged.Policies), message.List(cidr.Strings(peer.Blocks)), peer.Port)
		}
		return holds("No policy is in the way of port %s.", peer.Port)
	}
}

func anyPort(judged policies.Judgement) result {
	var ports []string
	for _, port := range judged.Ports {
		if text := port.String(); !slices.Contains(ports, text) {
			ports = append(ports, text)
		}
	}
	if len(ports) == 0 {
		return holds("No port was asked for.")
	}
	return holds("No port was asked for. Policies name these: %s. Ask for one with --port.", message.List(ports))
}
