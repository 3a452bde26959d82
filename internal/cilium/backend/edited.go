package backend

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Restored are the revisions that objects of ours set, without what somebody edited,
// and whether somebody did: an edited value would be taken for one that is live and is
// never narrowed (C2). Recorded are the values that status knows. Whom a value reaches
// is read as it is; the rollout corrects that.
func (b NodeConfigs) Restored(recorded []netip.Prefix) (revisions []cilium.Revision, edited bool) {
	for _, config := range b.cluster.Install.Objects.NodeConfigs {
		ownership := b.cluster.Install.Owner.Classify(config)
		if !ownership.Ours() {
			continue
		}
		revision, err := cilium.ReadRevision(config)
		written := valueOf(config.Metadata.Labels[cilium.LabelRevision], recorded)
		if ownership == cilium.OwnershipEdited && written.IsValid() {
			edited = edited || err != nil || revision.CIDR != written
			revision.CIDR = written
			if err != nil {
				revision.Selection = b.nobody()
			}
		} else if err != nil {
			continue
		}
		if i := slices.IndexFunc(revisions, func(r cilium.Revision) bool { return r.CIDR == revision.CIDR }); i < 0 {
			revisions = append(revisions, revision)
		} else if !b.former(config) {
			revisions[i] = revision // written after the one of a former name
		}
	}
	return revisions, edited
}

// HalfRenamed tells whether objects of ours have our name, and others still that of an earlier PeeredCluster: whoever took them up came no
// further. Agents take the one that is last by name, which then need not be the widest.
func (b NodeConfigs) HalfRenamed() bool {
	var former, renamed bool
	for _, config := range b.cluster.Install.Objects.NodeConfigs {
		if b.cluster.Install.Owner.Classify(config).Ours() {
			former, renamed = former || b.former(config), renamed || !b.former(config)
		}
	}
	return former && renamed
}

// former: the object was written for a PeeredCluster of another name.
func (b NodeConfigs) former(config cilium.NodeConfig) bool {
	return config.Metadata.Annotations[cilium.AnnotationPeeredCluster] != b.cluster.Install.Owner.PeeredCluster
}

func valueOf(revision string, recorded []netip.Prefix) netip.Prefix {
	i := slices.IndexFunc(recorded, func(value netip.Prefix) bool { return revision != "" && cilium.RevisionOf(value) == revision })
	if i < 0 {
		return netip.Prefix{}
	}
	return recorded[i]
}

// nobody holds every node back; the rollout then lets those go that run the value.
func (b NodeConfigs) nobody() cilium.Selection {
	selection := cilium.Selection{Mode: cilium.SelectAllBut}
	for _, node := range b.cluster.Install.Nodes {
		selection.Hostnames = append(selection.Hostnames, node.Labels[corev1.LabelHostname])
	}
	return selection
}
