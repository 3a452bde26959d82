package nodesim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Where Cilium is.
const (
	Namespace     = "kube-system"
	ConfigMapName = "cilium-config"
)

// NativeRoutingKey is the option that says which destinations see a pod's own address.
const NativeRoutingKey = "ipv4-native-routing-cidr"

// NodeConfigKind is the kind of CiliumNodeConfigs.
var NodeConfigKind = schema.GroupVersionKind{Group: "cilium.io", Version: "v2", Kind: "CiliumNodeConfig"}

type nodeConfig struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		NodeSelector *metav1.LabelSelector `json:"nodeSelector"`
		Defaults     map[string]string     `json:"defaults"`
	} `json:"spec"`
}

// buildConfig does what the init container "config" does (cilium-dbg build-config): it reads the ConfigMap, then the
// CiliumNodeConfigs that select the node, straight from the API server. The last name wins (pkg/option/resolver).
func buildConfig(ctx context.Context, reader client.Reader, node *corev1.Node) (map[string]string, error) {
	var base corev1.ConfigMap
	if err := reader.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: ConfigMapName}, &base); err != nil {
		return nil, fmt.Errorf("read the configuration of Cilium: %w", err)
	}
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(NodeConfigKind)
	if err := reader.List(ctx, list, client.InNamespace(Namespace)); err != nil && !meta.IsNoMatchError(err) {
		return nil, fmt.Errorf("list CiliumNodeConfigs: %w", err)
	}
	overrides, err := decodeNodeConfigs(list)
	if err != nil {
		return nil, err
	}
	return effective(base.Data, overrides, node.Labels)
}

func decodeNodeConfigs(list *unstructured.UnstructuredList) ([]nodeConfig, error) {
	decoded := make([]nodeConfig, len(list.Items))
	for i, item := range list.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &decoded[i]); err != nil {
			return nil, fmt.Errorf("read CiliumNodeConfig %s: %w", item.GetName(), err)
		}
	}
	return decoded, nil
}

func effective(base map[string]string, overrides []nodeConfig, nodeLabels map[string]string) (map[string]string, error) {
	config := maps.Clone(base)
	slices.SortFunc(overrides, func(a, b nodeConfig) int { return cmp.Compare(a.Metadata.Name, b.Metadata.Name) })
	for _, o := range overrides {
		selector, err := metav1.LabelSelectorAsSelector(o.Spec.NodeSelector) // nil selects nothing, {} everything
		if err != nil {
			return nil, fmt.Errorf("selector of CiliumNodeConfig %s: %w", o.Metadata.Name, err)
		}
		if selector.Matches(labels.Set(nodeLabels)) {
			maps.Copy(config, o.Spec.Defaults)
		}
	}
	return config, nil
}

// nativeRoutingCIDR reads the option as pkg/option does: one IPv4 CIDR or nothing.
func nativeRoutingCIDR(config map[string]string) (netip.Prefix, error) {
	value := strings.TrimSpace(config[NativeRoutingKey])
	if value == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := netip.ParsePrefix(value)
	if err != nil || !prefix.Addr().Is4() {
		return netip.Prefix{}, fmt.Errorf(`level=fatal msg="Unable to parse CIDR value from --%s" value=%q`, NativeRoutingKey, value)
	}
	return prefix.Masked(), nil
}

// masquerades reads an option whose absence means true.
func masquerades(config map[string]string) bool { return config["enable-ipv4-masquerade"] != "false" }
