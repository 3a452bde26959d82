package cilium

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// NodeConfig is a CiliumNodeConfig (cilium.io, v2 or v2alpha1; the two have the
// same fields): options for the nodes it selects.
type NodeConfig struct {
	Metadata NodeConfigMetadata `json:"metadata"`
	Spec     NodeConfigSpec     `json:"spec"`
}

// NodeConfigMetadata is the part of the metadata that matters here.
type NodeConfigMetadata struct {
	Namespace   string            `json:"namespace,omitempty"`
	Name        string            `json:"name"`
	UID         string            `json:"uid,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// NodeConfigSpec says which options which nodes get.
type NodeConfigSpec struct {
	// NodeSelector: nil selects no node, an empty one all.
	NodeSelector *metav1.LabelSelector `json:"nodeSelector"`
	// Defaults are options by name, as in the ConfigMap.
	Defaults map[string]string `json:"defaults"`
}

// NodeConfigFromUnstructured reads an object as the API server returns it.
func NodeConfigFromUnstructured(object *unstructured.Unstructured) (NodeConfig, error) {
	var config NodeConfig
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &config); err != nil {
		return NodeConfig{}, fmt.Errorf("reading CiliumNodeConfig %s/%s: %w", object.GetNamespace(), object.GetName(), err)
	}
	return config, nil
}

// Unstructured is the object to apply, in API version "v2" or "v2alpha1".
func (c NodeConfig) Unstructured(version string) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&c)
	if err != nil {
		return nil, fmt.Errorf("converting CiliumNodeConfig %s/%s: %w", c.Metadata.Namespace, c.Metadata.Name, err)
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetAPIVersion("cilium.io/" + version)
	object.SetKind("CiliumNodeConfig")
	return object, nil
}

// Selects reports whether the object applies to a node with these labels. An
// invalid selector selects nothing (the API server admits none), and so does none.
func (c NodeConfig) Selects(nodeLabels map[string]string) bool {
	if selects, simple := selectsHostname(c.Spec.NodeSelector, nodeLabels[corev1.LabelHostname]); simple {
		return selects
	}
	selector, err := metav1.LabelSelectorAsSelector(c.Spec.NodeSelector)
	return err == nil && selector.Matches(labels.Set(nodeLabels))
}

// selectsHostname judges a selector of hostnames alone, as ours are: with hundreds of
// them, for hundreds of nodes, to parse it each time takes seconds.
func selectsHostname(selector *metav1.LabelSelector, hostname string) (selects, simple bool) {
	if selector == nil || len(selector.MatchLabels) > 0 || len(selector.MatchExpressions) != 1 {
		return false, false
	}
	expression := selector.MatchExpressions[0]
	in, notIn := expression.Operator == metav1.LabelSelectorOpIn, expression.Operator == metav1.LabelSelectorOpNotIn
	if expression.Key != corev1.LabelHostname || len(expression.Values) == 0 || !in && !notIn {
		return false, false
	}
	return slices.Contains(expression.Values, hostname) == in, true
}

// value is the routing CIDR that the object sets; the zero prefix if it sets
// none or one that no agent would take.
func (c NodeConfig) value() netip.Prefix {
	prefix, err := ParseNativeCIDR(fileOption(c.Spec.Defaults[NativeRoutingKey]))
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
