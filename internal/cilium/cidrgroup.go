package cilium

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Labels of the CiliumCIDRGroups that crossvpc keeps: what a policy can select by
// (cidrGroupSelector, Cilium 1.17).
const (
	// LabelPeeringNamespace is the namespace of the VPCPeering.
	LabelPeeringNamespace = "networking.crossvpc.io/peering-namespace"
	// LabelPeeringName is its name.
	LabelPeeringName = "networking.crossvpc.io/peering-name"
)

// CIDRGroup is a CiliumCIDRGroup (cilium.io, v2 or v2alpha1; the two have the same
// fields): blocks that network policies can name.
type CIDRGroup struct {
	Metadata NodeConfigMetadata `json:"metadata"`
	Spec     CIDRGroupSpec      `json:"spec"`
}

// CIDRGroupSpec lists the blocks.
type CIDRGroupSpec struct {
	ExternalCIDRs []string `json:"externalCIDRs"`
}

// CIDRGroupFromUnstructured reads an object as the API server returns it.
func CIDRGroupFromUnstructured(object *unstructured.Unstructured) (CIDRGroup, error) {
	var group CIDRGroup
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &group); err != nil {
		return CIDRGroup{}, fmt.Errorf("reading CiliumCIDRGroup %s: %w", object.GetName(), err)
	}
	return group, nil
}

// Unstructured is the object to apply, in API version "v2" or "v2alpha1".
func (g CIDRGroup) Unstructured(version string) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&g)
	if err != nil {
		return nil, fmt.Errorf("converting CiliumCIDRGroup %s: %w", g.Metadata.Name, err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetAPIVersion("cilium.io/" + version)
	object.SetKind("CiliumCIDRGroup")
	return object, nil
}

// CIDRGroups gives one group for each peering, with the other side's blocks.
func CIDRGroups(owner Owner, peers []Peer) []CIDRGroup {
	groups := make([]CIDRGroup, 0, len(peers))
	for _, peer := range peers {
		namespace, name, _ := strings.Cut(peer.Name, "/")
		labels := owner.labels("")
		delete(labels, LabelRevision)
		labels[LabelPeeringNamespace], labels[LabelPeeringName] = labelValue(namespace), labelValue(name)
		groups = append(groups, CIDRGroup{
			Metadata: NodeConfigMetadata{
				Name: CIDRGroupName(namespace, name), Labels: labels, Annotations: map[string]string{AnnotationPeeredCluster: owner.PeeredCluster},
			},
			Spec: CIDRGroupSpec{ExternalCIDRs: cidr.Strings(cidr.Sort(peer.Blocks))},
		})
	}
	return groups
}

// CIDRGroupName is the name of a peering's group: crossvpc-<namespace>.<name>. No
// namespace has a dot, so no two peerings have one name.
func CIDRGroupName(namespace, name string) string {
	full := "crossvpc-" + namespace + "." + name
	if len(full) <= maxNameLength {
		return full
	}
	short := digest(namespace+"/"+name, 10)
	return strings.TrimRight(full[:maxNameLength-len(short)-1], ".-") + "-" + short
}

// CIDRGroupChanges is what to do about the groups there are.
type CIDRGroupChanges struct {
	// Apply are groups to create or to replace.
	Apply []CIDRGroup
	// Delete are groups of ours whose peering is gone.
	Delete []CIDRGroup
	// Taken are objects of others under a name that we need. They are not touched.
	Taken []CIDRGroup
}

// GroupChanges compares the groups to have with those there are.
func GroupChanges(owner Owner, existing, desired []CIDRGroup) CIDRGroupChanges {
	var changes CIDRGroupChanges
	for _, group := range existing {
		wanted := slices.ContainsFunc(desired, group.sameName)
		switch ours := owner.ownsGroup(group); {
		case wanted && !ours:
			changes.Taken = append(changes.Taken, group)
		case ours && !wanted:
			changes.Delete = append(changes.Delete, group)
		}
	}
	for _, group := range desired {
		i := slices.IndexFunc(existing, group.sameName)
		if i < 0 || owner.ownsGroup(existing[i]) && !group.matches(existing[i]) {
			changes.Apply = append(changes.Apply, group)
		}
	}
	return changes
}

// WrittenBy are those to delete that this very PeeredCluster wrote. Of one that an earlier PeeredCluster wrote, as before
// a restore, it is not known whether its peering is gone or is not back yet, and policies may name it (A11).
func (c CIDRGroupChanges) WrittenBy(owner Owner) []CIDRGroup {
	return slices.DeleteFunc(slices.Clone(c.Delete), func(group CIDRGroup) bool { return group.Metadata.Labels[LabelPeeredCluster] != owner.UID })
}

// Groups are those of the owner's installation, whichever PeeredCluster wrote them.
func (o Owner) Groups(existing []CIDRGroup) (ours []CIDRGroup) {
	for _, group := range existing {
		if o.ownsGroup(group) {
			ours = append(ours, group)
		}
	}
	return ours
}

func (o Owner) ownsGroup(group CIDRGroup) bool {
	return o.Classify(NodeConfig{Metadata: group.Metadata}).Ours()
}

func (g CIDRGroup) sameName(other CIDRGroup) bool { return g.Metadata.Name == other.Metadata.Name }

func (g CIDRGroup) matches(existing CIDRGroup) bool {
	for key, value := range g.Metadata.Labels {
		if existing.Metadata.Labels[key] != value {
			return false
		}
	}
	return slices.Equal(g.Spec.ExternalCIDRs, existing.Spec.ExternalCIDRs)
}
