package cilium

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// fixedAtTheAgent answers where no object that we or others could write changes what the agent takes: any other remedy
// would be followed in vain.
func fixedAtTheAgent(in Input, value netip.Prefix) *Decision {
	where, fixed := in.Facts.Sources.Fixes(NativeRoutingKey)
	switch {
	case fixed:
		found := in.Facts.Nodes[0].Baseline
		return blocked(ReasonManagedElsewhere, fmt.Sprintf("DaemonSet/%s sets %s to %q by %s, which takes precedence over every ConfigMap and CiliumNodeConfig. Set it to %s there, or remove it.",
			DaemonSetName, NativeRoutingKey, cmp.Or(found.Malformed, text(found.CIDR)), where, value))
	case len(in.Facts.Sources.List) == 0:
		return blocked(ReasonOverridesBlocked, fmt.Sprintf("Cilium's agents have no argument --%s, so they read neither ConfigMaps nor CiliumNodeConfigs. Add it to DaemonSet/%s, or the argument --%s=%s.",
			configDirFlag, DaemonSetName, NativeRoutingKey, value))
	}
	return nil
}

func text(prefix netip.Prefix) string {
	if !prefix.IsValid() {
		return ""
	}
	return prefix.String()
}

func observeOnly(in Input, value netip.Prefix) *Decision {
	if in.Policy.Strategy != StrategyNone {
		return nil
	}
	return blocked(ReasonObserveOnly, fmt.Sprintf(
		"Pods on secondary interfaces cannot answer peers in %s, and spec.cilium.strategy is None. Set it to Auto, or %s.", shortList(in.peerBlocks()), helmRemedy(value)))
}

// byHand answers where a person writes the value: it says what to write, for Helm.
func byHand(in Input, value netip.Prefix) *Decision {
	if in.Policy.WriteTo != WriteToManual {
		return nil
	}
	return blocked(ReasonManual, fmt.Sprintf(
		"Pods on secondary interfaces cannot answer peers in %s, and spec.cilium.writeTo is Manual. Set %s to %s (Helm: ipv4NativeRoutingCIDR=%s) and leave the nodes alone: "+
			"crossvpc renews them once the value is there.", shortList(in.peerBlocks()), NativeRoutingKey, value, value))
}

func overridesBlocked(in Input, value netip.Prefix) *Decision {
	if in.Policy.WriteTo == WriteToConfigMap || in.Facts.Sources.ReadsNodeConfigs(in.Facts.namespace, NativeRoutingKey) {
		return nil
	}
	return blocked(ReasonOverridesBlocked, fmt.Sprintf(
		"Cilium's agents in this cluster do not read %s from CiliumNodeConfigs (Helm: daemon.configSources, allowedConfigOverrides, blockedConfigOverrides). Allow it, set spec.cilium.writeTo to ConfigMap, or %s.",
		NativeRoutingKey, helmRemedy(value)))
}

// managedElsewhere simulates what agents would get with our object in place.
// A writer that would still win, or another installation of crossvpc, is not
// fought (C4) unless its value covers every peer.
func managedElsewhere(in Input, value netip.Prefix) *Decision {
	if in.Policy.WriteTo == WriteToConfigMap {
		return managedConfigMap(in, value)
	}
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
	return in.overridden(objects, value)
}

// overridden is an answer if agents would not get the value with these objects.
func (in Input) overridden(objects Objects, value netip.Prefix) *Decision {
	for _, node := range in.Facts.Nodes {
		got := nativeCIDR(in.Facts.Sources.Resolve(objects, node.Node))
		if !in.covers(got.CIDR) {
			return elsewhere(got.Source, got.CIDR.String(), value)
		}
	}
	return nil
}

// managedConfigMap is managedElsewhere for the ConfigMap: who holds the option
// there, and does not set it to a value that covers every peer, keeps it
// (server-side apply is never forced), and a CiliumNodeConfig wins over it.
func managedConfigMap(in Input, value netip.Prefix) *Decision {
	name := "ConfigMap/" + ConfigMapName
	if in.RevertedBy != "" {
		return reverted(in.RevertedBy, NativeRoutingKey+" in "+name, fmt.Sprintf("Set it to %s (Helm: ipv4NativeRoutingCIDR=%s)", value, value))
	}
	if len(in.Facts.KeyHolders) > 0 {
		found := in.Facts.objects.ConfigMaps[in.Facts.namespace+"/"+ConfigMapName][NativeRoutingKey]
		return blocked(ReasonManagedElsewhere, fmt.Sprintf("%s %s to %q in %s, and crossvpc does not overwrite it. Set it to %s there (Helm: ipv4NativeRoutingCIDR=%s), or remove it.",
			whoSets(in.Facts.KeyHolders), NativeRoutingKey, found, name, value, value))
	}
	for _, writer := range in.Facts.Writers {
		if !in.covers(writer.value()) {
			return elsewhere("CiliumNodeConfig/"+writer.Metadata.Name, writer.Spec.Defaults[NativeRoutingKey], value)
		}
	}
	return in.overridden(in.Facts.objects.withOption(in.Facts.namespace, value.String()), value)
}

// reverted: a writer that reverted what we wrote would do so again.
func reverted(who, what, remedy string) *Decision {
	return blocked(ReasonReverted, fmt.Sprintf(
		"%s reverted what crossvpc had written to %s, and crossvpc does not write it again. %s there, or exempt that field there (Argo CD: ignoreDifferences with RespectIgnoreDifferences) and then change the annotation networking.crossvpc.io/retry of the PeeredCluster.",
		whoReverted(who), what, remedy))
}

func elsewhere(source, found string, value netip.Prefix) *Decision {
	return blocked(ReasonManagedElsewhere, fmt.Sprintf("%s sets %s to %q, which takes precedence over crossvpc. Set it to %s there, or remove it.",
		source, NativeRoutingKey, found, value))
}

func helmRemedy(value netip.Prefix) string {
	return fmt.Sprintf("set %s to %s (Helm: ipv4NativeRoutingCIDR=%s) and renew the nodes", NativeRoutingKey, value, value)
}

func configuredMessage(in Input, value netip.Prefix) string {
	text := fmt.Sprintf("The desired value of %s is %s, which contains every peer's blocks (%s).", NativeRoutingKey, value, shortList(in.peerBlocks()))
	switch {
	case in.Policy.WriteTo != WriteToConfigMap:
		return text
	case in.Facts.Traits.RestoreFix:
		return text + " Every agent that restarts reads it from the ConfigMap; this version then renews the rules of its pods."
	}
	return text + " In the ConfigMap it cannot be held back: an agent that restarts before its node is renewed reads it. Its older pods on secondary " +
		"interfaces then lose what they reached in that range through masquerading, until they are recreated."
}

func shortList(set []netip.Prefix) string {
	return message.List(cidr.Strings(set))
}
