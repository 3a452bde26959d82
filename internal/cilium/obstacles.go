package cilium

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

func observeOnly(in Input, value netip.Prefix) *Decision {
	if in.Policy.Strategy != StrategyNone {
		return nil
	}
	return blocked(ReasonObserveOnly, fmt.Sprintf(
		"Pods on secondary interfaces can't answer peers in %s and spec.cilium.strategy is None; %s.", shortList(in.peerBlocks()), helmRemedy(value)))
}

func overridesBlocked(in Input, value netip.Prefix) *Decision {
	if in.Facts.Sources.ReadsNodeConfigs(in.Facts.namespace, NativeRoutingKey) {
		return nil
	}
	return blocked(ReasonOverridesBlocked, fmt.Sprintf(
		"Cilium's agents here take no %s from CiliumNodeConfigs (Helm: daemon.configSources, allowedConfigOverrides, blockedConfigOverrides); allow it, or %s.",
		NativeRoutingKey, helmRemedy(value)))
}

// managedElsewhere plays through what agents would get with our object in place.
// A writer that would still win, or another installation of crossvpc, is not
// fought (C4) unless its value covers every peer.
func managedElsewhere(in Input, value netip.Prefix) *Decision {
	ours := in.Owner.Name(value)
	for _, writer := range in.Facts.Writers {
		name := writer.Metadata.Name
		rival := name >= ours || in.Owner.Classify(writer) == OwnershipOtherOwner
		if rival && !in.covers(writer.value()) {
			return elsewhere("CiliumNodeConfig/"+name, writer.Spec.Defaults[NativeRoutingKey], value)
		}
	}
	config := in.Owner.nodeConfig(in.Facts.namespace, value, NodeConfigSpec{
		NodeSelector: Selection{Mode: SelectAllBut}.selector(), Defaults: map[string]string{NativeRoutingKey: value.String()},
	})
	objects := Objects{ConfigMaps: in.Facts.objects.ConfigMaps, NodeConfigs: append(slices.Clone(in.Facts.objects.NodeConfigs), config)}
	for _, node := range in.Facts.Nodes {
		got := nativeCIDR(in.Facts.Sources.Resolve(objects, node.Node))
		if !in.covers(got.CIDR) {
			return elsewhere(got.Source, got.CIDR.String(), value)
		}
	}
	return nil
}

func elsewhere(source, found string, value netip.Prefix) *Decision {
	return blocked(ReasonManagedElsewhere, fmt.Sprintf("%s sets %s to %q and wins over crossvpc; set it to %s there, or remove it.",
		source, NativeRoutingKey, found, value))
}

func helmRemedy(value netip.Prefix) string {
	return fmt.Sprintf("set %s to %s (Helm: ipv4NativeRoutingCIDR=%s) and renew the nodes", NativeRoutingKey, value, value)
}

func configuredMessage(in Input, value netip.Prefix) string {
	return fmt.Sprintf("%s is to be %s, which contains every peer's blocks (%s).", NativeRoutingKey, value, shortList(in.peerBlocks()))
}

// listed bounds what a message names.
const listed = 5

func shortList(set []netip.Prefix) string {
	return shorten(cidr.Strings(set))
}

func shorten(list []string) string {
	if len(list) > listed {
		return strings.Join(list[:listed], ", ") + fmt.Sprintf(" and %d more", len(list)-listed)
	}
	return strings.Join(list, ", ")
}
