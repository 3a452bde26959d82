package cilium

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// SelectionMode says how the CiliumNodeConfig of a revision selects nodes.
type SelectionMode string

const (
	// SelectNone means: nothing is written.
	SelectNone SelectionMode = ""
	// SelectCanary means: only the listed hostnames get the value.
	SelectCanary SelectionMode = "Canary"
	// SelectAllBut means: every node gets it, one that joins later too, but the listed
	// hostnames, which are held back (C6).
	SelectAllBut SelectionMode = "AllBut"
)

// Selection is which nodes the value of a revision reaches.
type Selection struct {
	Mode SelectionMode
	// Hostnames are values of the label kubernetes.io/hostname, in any order.
	Hostnames []string
}

// Reaches reports whether an agent that starts now on the host gets the value.
func (s Selection) Reaches(hostname string) bool {
	listed := slices.Contains(s.Hostnames, hostname)
	return s.Mode == SelectCanary && listed || s.Mode == SelectAllBut && !listed
}

// ReachesAll reports whether every node gets the value, and none is held back.
func (s Selection) ReachesAll() bool { return s.Mode == SelectAllBut && len(s.Hostnames) == 0 }

// Revision is one routing value and the nodes it reaches.
type Revision struct {
	CIDR      netip.Prefix
	Selection Selection
}

// RevisionOf is the name of a value: the same value always has the same name,
// so that a restored status or a repeated decision starts nothing again.
func RevisionOf(cidr netip.Prefix) string {
	if !cidr.IsValid() {
		return ""
	}
	return digest(NativeRoutingKey+"="+cidr.String(), 10)
}

// Live lists the values that objects of ours set, on whatever nodes: what must
// not be narrowed while a peering needs a value.
func Live(owner Owner, configs []NodeConfig) []netip.Prefix {
	var live []netip.Prefix
	for _, config := range byName(configs) {
		if value := config.value(); value.IsValid() && owner.Classify(config).Ours() {
			live = append(live, value)
		}
	}
	return live
}

// InForce is the value of ours that a node which joins now gets: the widest that
// is released; the zero prefix: none.
func InForce(revisions []Revision) netip.Prefix {
	var value netip.Prefix
	for _, revision := range revisions {
		if revision.Selection.Mode == SelectAllBut && (!value.IsValid() || revision.CIDR.Bits() < value.Bits()) {
			value = revision.CIDR
		}
	}
	return value
}

// selector is nil for a selection that reaches no node. An empty list of values
// is not a valid selector, so "every node" is the empty selector.
func (s Selection) selector() *metav1.LabelSelector {
	hostnames := slices.Compact(slices.Sorted(slices.Values(s.Hostnames)))
	switch {
	case s.Mode == SelectCanary && len(hostnames) > 0:
		return onHostnames(metav1.LabelSelectorOpIn, hostnames)
	case s.Mode == SelectAllBut && len(hostnames) > 0:
		return onHostnames(metav1.LabelSelectorOpNotIn, hostnames)
	case s.Mode == SelectAllBut:
		return &metav1.LabelSelector{}
	}
	return nil
}

func onHostnames(operator metav1.LabelSelectorOperator, hostnames []string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: corev1.LabelHostname, Operator: operator, Values: hostnames},
	}}
}

// ReadRevision is the inverse of NodeConfigs for one object: the value it sets
// and whom it reaches. It fails on an object that we would not have written.
func ReadRevision(config NodeConfig) (Revision, error) {
	name := config.Metadata.Name
	value := config.value()
	if !value.IsValid() {
		return Revision{}, fmt.Errorf("CiliumNodeConfig %s: %s is %q, which is no IPv4 CIDR", name, NativeRoutingKey, config.Spec.Defaults[NativeRoutingKey])
	}
	selection, ok := readSelector(config.Spec.NodeSelector)
	if !ok {
		return Revision{}, fmt.Errorf("CiliumNodeConfig %s: its nodeSelector is not one that crossvpc writes", name)
	}
	return Revision{CIDR: value, Selection: selection}, nil
}

func readSelector(selector *metav1.LabelSelector) (Selection, bool) {
	switch {
	case selector == nil || len(selector.MatchLabels) > 0 || len(selector.MatchExpressions) > 1:
		return Selection{}, false
	case len(selector.MatchExpressions) == 0:
		return Selection{Mode: SelectAllBut}, true
	}
	expression := selector.MatchExpressions[0]
	modes := map[metav1.LabelSelectorOperator]SelectionMode{
		metav1.LabelSelectorOpIn: SelectCanary, metav1.LabelSelectorOpNotIn: SelectAllBut,
	}
	mode, known := modes[expression.Operator]
	return Selection{Mode: mode, Hostnames: slices.Clone(expression.Values)}, known && expression.Key == corev1.LabelHostname
}
