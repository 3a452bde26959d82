package nodesim

import (
	"fmt"
	"net/netip"
	"slices"
)

// Rules is what a pod was given when it was made, and keeps.
type Rules struct {
	// Interface is the number of the ENI that has the pod's address; 0 is the node's own.
	Interface int `json:"interface"`
	// Any is true where the pod's rule names no destination: masquerading was off.
	Any bool `json:"any,omitempty"`
	// Destinations that leave by the pod's own interface: the VPC's blocks and the native routing CIDR.
	Destinations []netip.Prefix `json:"destinations,omitempty"`
}

// Datapath is what an agent has set up on its node for all pods, and what its version does.
type Datapath struct {
	// Masquerade is off, or on towards everything but Excluded.
	Masquerade bool
	// Excluded from masquerading: the native routing CIDR, or else the VPC's primary block.
	Excluded netip.Prefix
	// Destinations as a pod made now would have them.
	Destinations []netip.Prefix
	// RestoresRules is true of versions whose agents renew the rules of the pods they find.
	RestoresRules bool
}

// Verdict says whether a pod and a peer can talk.
type Verdict struct {
	// Out: connections from the pod to the peer work; In: those from the peer to the pod.
	Out, In bool
	// Why is one clause about the direction that fails, or about how it works.
	Why string
}

// Both reports whether both directions work.
func (v Verdict) Both() bool { return v.Out && v.In }

// Reach judges one destination. AWS drops what leaves by an interface that does not have the sender's address; that
// happens to a pod on a secondary interface when no rule of its own names the destination and nothing masquerades it.
func Reach(pod Rules, node Datapath, peer netip.Prefix) Verdict {
	switch own := pod.leavesByOwnInterface(node, peer); {
	case pod.Interface == 0:
		return Verdict{true, true, "on the node's first interface"}
	case own && (!node.Masquerade || covers(node.Excluded, peer)):
		return Verdict{true, true, "leaves by its own interface with its own address"}
	case own:
		return Verdict{true, true, "leaves by its own interface, masqueraded"}
	case node.Masquerade && !covers(node.Excluded, peer):
		return Verdict{true, false, fmt.Sprintf("no rule to %s: its answers leave by eth0 and are dropped; what it sends itself is masqueraded", peer)}
	default:
		return Verdict{false, false, fmt.Sprintf("no rule to %s and no masquerading any more: all leaves by eth0 and is dropped", peer)}
	}
}

func (r Rules) leavesByOwnInterface(node Datapath, peer netip.Prefix) bool {
	if r.Any || anyCovers(r.Destinations, peer) {
		return true
	}
	return node.RestoresRules && (!node.Masquerade || anyCovers(node.Destinations, peer))
}

func covers(outer, inner netip.Prefix) bool {
	return outer.IsValid() && outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

func anyCovers(outer []netip.Prefix, inner netip.Prefix) bool {
	return slices.ContainsFunc(outer, func(o netip.Prefix) bool { return covers(o, inner) })
}
