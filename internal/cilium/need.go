package cilium

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

func noPeers(in Input) *Decision {
	if len(in.peerBlocks()) > 0 {
		return nil
	}
	if len(in.allPeerBlocks()) > 0 {
		return notRequired("No peer has an IPv4 block, and crossvpc writes nothing for IPv6.")
	}
	return notRequired("No peering needs a route from this cluster's pods.")
}

func ciliumMissing(in Input) *Decision {
	if in.Facts.Found {
		return nil
	}
	beside := ""
	if in.Facts.AWSNode != nil {
		beside = ", and kube-system/aws-node runs on no node"
	}
	return blocked(ReasonCiliumNotFound, fmt.Sprintf(
		"There is no DaemonSet %s in namespace %s%s. Set spec.cilium.namespace to the namespace that Cilium runs in.", DaemonSetName, in.Facts.namespace, beside))
}

func podAddresses(in Input) *Decision {
	if in.Facts.IPAM == IPAMENI {
		return nil
	}
	return &Decision{Kind: KindPodAddressesNotRoutable, Reason: ReasonPodAddressesNotRoutable, Message: fmt.Sprintf(
		"Cilium's ipam is %q with routing-mode %q, so pods have addresses that are not from the VPC and that no peering carries. "+
			"Only ipam eni (Helm: eni.enabled=true, ipam.mode=eni, routingMode=native) makes pods reachable.", in.Facts.IPAM, in.Facts.RoutingMode)}
}

// alreadyRouted answers where a pod's replies leave by its own interface for every
// destination.
func alreadyRouted(in Input) *Decision {
	switch {
	case !in.Facts.IPv4:
		return notRequired("Cilium has IPv4 disabled, and crossvpc writes nothing for IPv6.")
	case in.Facts.Masquerade == MasqueradeDisabled:
		return unmasqueraded(in)
	case !in.Facts.Traits.DestinationScopedRules:
		return notRequired(fmt.Sprintf("Cilium %s routes each pod through its own interface for every destination.", in.Facts.Version))
	}
	return nil
}

// unmasqueraded: agents read this option when they start, like any other.
func unmasqueraded(in Input) *Decision {
	message := "Cilium does not masquerade IPv4, so pods keep their address and use their own interface for every destination."
	if !in.Awaited {
		return notRequired(message)
	}
	return setByOthers(in, netip.Prefix{}, message+" It masqueraded before: crossvpc renews the nodes whose agents are older than the change.")
}

// setByOthers is a value that is there without us and that older agents have not read.
func setByOthers(in Input, value netip.Prefix, message string) *Decision {
	needed, _ := cidr.Cover(in.peerBlocks()) // not empty, and IPv4 only
	if !value.IsValid() {
		value = needed
	}
	return &Decision{Kind: KindNativeRoutingCIDR, Reason: ReasonConfigured, CIDR: value, Needed: needed, SetByOthers: true, Message: message}
}

// alreadyCovered answers where what holds without us covers every peer on every
// node. Where it once did not, nodes must be renewed for it.
func alreadyCovered(in Input) *Decision {
	for _, node := range in.Facts.Nodes {
		if node.Masquerade != MasqueradeDisabled && !in.covers(node.Baseline.CIDR) {
			return nil
		}
	}
	value := in.Facts.Nodes[0].Baseline
	if in.Awaited && cidr.ContainsAll([]netip.Prefix{value.CIDR}, in.peerBlocks()) && in.Facts.sameBaseline() {
		return setByOthers(in, value.CIDR, fmt.Sprintf("%s sets %s to %s, which contains every peer's blocks.", value.Source, NativeRoutingKey, value.CIDR))
	}
	if value.Source == "" {
		return notRequired("The blocks that Cilium does not masquerade to already contain every peer's blocks.")
	}
	return notRequired(fmt.Sprintf("%s sets %s to %s, which already contains every peer's blocks.", value.Source, NativeRoutingKey, value.CIDR))
}

// covers reports whether pods reach every peer by their own interface and with
// their own address, given a native routing CIDR. Rules for the VPC's blocks do
// not help: no peer overlaps them.
func (in Input) covers(native netip.Prefix) bool {
	routed := []netip.Prefix{native}
	if in.Facts.IPMasqAgent && in.Facts.Traits.IPMasqCIDRsInRules {
		routed = append(routed, in.Facts.IPMasq.Others()...)
	}
	return cidr.ContainsAll(routed, in.peerBlocks())
}

// sameBaseline: the option has one value on every node that masquerades.
func (f Facts) sameBaseline() bool {
	return !slices.ContainsFunc(f.Nodes, func(n NodeFacts) bool {
		return n.Masquerade != MasqueradeDisabled && n.Baseline.CIDR != f.Nodes[0].Baseline.CIDR
	})
}

func vpcUnknown(in Input) *Decision {
	if in.VPC.Primary.IsValid() && in.VPC.Primary.Addr().Is4() {
		return nil
	}
	return blocked(ReasonClusterNotResolved, "The VPC's primary block is not known yet: no CiliumNode reports it.")
}

func malformed(in Input) *Decision {
	for _, node := range in.Facts.Nodes {
		if node.Baseline.Malformed != "" {
			return blocked(ReasonNoSafeCIDR, fmt.Sprintf(
				"%s sets %s to %q, which is not one IPv4 CIDR, so agents do not start. Correct it first.", node.Baseline.Source, NativeRoutingKey, node.Baseline.Malformed))
		}
	}
	return nil
}
