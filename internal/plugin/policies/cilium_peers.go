package policies

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// namesNobody: an empty list of peers selects nothing, and an entry with neither peers nor ports is the default deny of
// Cilium's documentation ("ingress: [{}]").
func (e ciliumEntry) namesNobody(ports []Port) bool {
	lists := []bool{
		empty(e.FromEndpoints), empty(e.FromNodes), empty(e.FromCIDR), empty(e.FromCIDRSet), empty(e.FromEntities),
		empty(e.ToEndpoints), empty(e.ToNodes), empty(e.ToCIDR), empty(e.ToCIDRSet), empty(e.ToEntities),
	}
	return slices.Contains(lists, true) || !e.hasPeers() && len(ports) == 0
}

// empty tells a list without anything from none.
func empty[T any](list []T) bool { return list != nil && len(list) == 0 }

// hasPeers reports whether the entry names any; one without is for all.
func (e ciliumEntry) hasPeers() bool {
	return len(e.FromEndpoints)+len(e.FromNodes)+len(e.FromCIDR)+len(e.FromCIDRSet)+len(e.FromEntities)+len(e.FromGroups)+len(e.FromRequires)+
		len(e.ToEndpoints)+len(e.ToNodes)+len(e.ToCIDR)+len(e.ToCIDRSet)+len(e.ToEntities)+len(e.ToGroups)+len(e.ToRequires)+
		len(e.ToServices)+len(e.ToFQDNs) > 0
}

// peers are the blocks that an entry names, and why it may name more.
func (s Subject) peers(entry ciliumEntry) (found []netip.Prefix, unsettled string) {
	found = blocks(slices.Concat(entry.FromCIDR, entry.ToCIDR)...)
	for _, block := range slices.Concat(entry.FromCIDRSet, entry.ToCIDRSet) {
		of, why := s.block(block)
		found = append(found, of...)
		unsettled = cmp.Or(unsettled, why)
	}
	for _, entity := range slices.Concat(entry.FromEntities, entry.ToEntities) {
		switch entity {
		case "world", "all":
			found = append(found, everything()...)
		case "cluster-mesh", "kube-apiserver":
			unsettled = cmp.Or(unsettled, "which addresses the entity "+entity+" has")
		}
	}
	for _, selector := range slices.Concat(entry.FromEndpoints, entry.ToEndpoints) {
		unsettled = cmp.Or(unsettled, byEndpoints(selector))
	}
	return found, cmp.Or(unsettled, entry.unsettled())
}

// unsettled is what only the agents know.
func (e ciliumEntry) unsettled() string {
	switch {
	case len(e.ToFQDNs) > 0:
		return "which addresses its toFQDNs have"
	case len(e.ToServices) > 0:
		return "which addresses its toServices have"
	case len(e.FromGroups)+len(e.ToGroups) > 0:
		return "which addresses its groups of AWS have"
	case len(e.FromRequires)+len(e.ToRequires) > 0:
		return "what its requires leave"
	case e.Authentication != nil && e.Authentication.Mode == "required":
		return "whether the peer can authenticate itself"
	}
	return ""
}

// block is a CIDR without its exceptions, or the blocks of CiliumCIDRGroups.
func (s Subject) block(of ciliumBlock) (found []netip.Prefix, unsettled string) {
	except := blocks(of.Except...)
	if of.CIDR != "" {
		return cidr.Difference(blocks(of.CIDR), except), ""
	}
	if why := s.Unread[KindGroup]; why != "" {
		return nil, "which blocks its CiliumCIDRGroup has: " + why
	}
	for _, group := range s.Groups {
		if group.Metadata.Name == of.CIDRGroupRef || chosen(of.CIDRGroupSelector, group.Metadata.Labels) {
			found = append(found, blocks(group.Spec.ExternalCIDRs...)...)
		}
	}
	return cidr.Difference(found, except), ""
}

func chosen(selector *metav1.LabelSelector, of map[string]string) bool {
	if selector == nil {
		return false
	}
	plain, err := metav1.LabelSelectorAsSelector(bare(selector))
	return err == nil && plain.Matches(labels.Set(of))
}

// byEndpoints: pods of another cluster are addresses, which have no labels but reserved ones. What a mesh changes is in
// Subject.Mesh; a selector that names a cluster is written for one.
func byEndpoints(selector metav1.LabelSelector) (unsettled string) {
	if mentions(selector, func(key string) bool { return strings.HasPrefix(key, "reserved.") }) {
		return "which addresses its reserved labels have"
	}
	if mentions(selector, func(key string) bool { return key == labelCluster }) {
		return "which of the peer's pods it selects in a cluster mesh"
	}
	return ""
}
