package cilium

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// Object names are at most this long.
const maxNameLength = 253

// NodeConfigs gives the CiliumNodeConfigs to have for the live revisions: one
// for each that reaches a node. Without revisions (the last peering is gone) it
// gives none, and Changes then removes what there is.
//
// A live value contains every older one (C2), and the name puts the wider value
// last, where it wins. So while a node is selected by two revisions it gets the
// newer, in any order of writing the objects, and a node held back from
// the newest falls to the one before (docs/facts/cilium.md#ciliumnodeconfig).
func NodeConfigs(owner Owner, namespace string, revisions []Revision) []NodeConfig {
	var configs []NodeConfig
	for _, revision := range revisions {
		if selector := revision.Selection.selector(); selector != nil && revision.CIDR.IsValid() {
			spec := NodeConfigSpec{NodeSelector: selector, Defaults: map[string]string{NativeRoutingKey: revision.CIDR.String()}}
			configs = append(configs, owner.nodeConfig(namespace, revision.CIDR, spec))
		}
	}
	return byName(configs)
}

// Name is the name of the CiliumNodeConfig for a value:
// zz-crossvpc-<PeeredCluster>-<32 minus the prefix length>-<revision>.
func (o Owner) Name(cidr netip.Prefix) string {
	ending := fmt.Sprintf("-%02d-%s", 32-cidr.Bits(), RevisionOf(cidr))
	name := "zz-crossvpc-" + o.PeeredCluster
	if len(name)+len(ending) > maxNameLength {
		short := digest(o.PeeredCluster, 10)
		name = name[:maxNameLength-len(ending)-len(short)-1] + "-" + short
	}
	return name + ending
}

func (o Owner) nodeConfig(namespace string, cidr netip.Prefix, spec NodeConfigSpec) NodeConfig {
	return NodeConfig{
		Metadata: NodeConfigMetadata{
			Namespace:   namespace,
			Name:        o.Name(cidr),
			Labels:      o.labels(RevisionOf(cidr)),
			Annotations: map[string]string{AnnotationPeeredCluster: o.PeeredCluster, AnnotationSpecHash: spec.hash()},
		},
		Spec: spec,
	}
}

// NodeConfigChanges is what to do about the objects there are.
type NodeConfigChanges struct {
	// Apply are objects to create or update, the one that wins last: first.
	Apply []NodeConfig
	// Delete are objects of ours that nothing needs, with their UIDs, the one that wins last: last. They
	// go after Apply has succeeded, so that no node falls back in between, also where a predecessor had another name.
	Delete []NodeConfig
	// Edited are objects of ours that somebody changed; Apply or Delete cures them.
	Edited []NodeConfig
	// Taken are objects of others under a name that we need. They are not touched.
	Taken []NodeConfig
}

// Changes compares the objects to have with those there are.
func Changes(owner Owner, existing, desired []NodeConfig) NodeConfigChanges {
	var changes NodeConfigChanges
	for _, config := range existing {
		ownership := owner.Classify(config)
		wanted := slices.ContainsFunc(desired, sameName(config))
		switch {
		case !ownership.Ours() && wanted:
			changes.Taken = append(changes.Taken, config)
		case ownership.Ours() && !wanted:
			changes.Delete = append(changes.Delete, config)
		}
		if ownership == OwnershipEdited {
			changes.Edited = append(changes.Edited, config)
		}
	}
	for _, config := range desired {
		i := slices.IndexFunc(existing, sameName(config))
		if i < 0 || owner.Classify(existing[i]).Ours() && !config.matches(owner, existing[i]) {
			changes.Apply = append(changes.Apply, config)
		}
	}
	slices.SortFunc(changes.Apply, func(a, b NodeConfig) int { return cmp.Compare(b.Metadata.Name, a.Metadata.Name) })
	changes.Delete = byName(changes.Delete)
	return changes
}

func sameName(config NodeConfig) func(NodeConfig) bool {
	return func(other NodeConfig) bool { return config.Metadata.Name == other.Metadata.Name }
}

// matches: the object there is ours, unedited, and of the same spec.
func (c NodeConfig) matches(owner Owner, existing NodeConfig) bool {
	return owner.Classify(existing) == OwnershipOurs && c.Spec.hash() == existing.Spec.hash()
}
