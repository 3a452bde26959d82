package cluster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// Where Cilium is.
const (
	ciliumNamespace = "kube-system"
	ciliumConfig    = "cilium-config"
	ciliumDaemonSet = "cilium"
)

type nodeConfig struct {
	Metadata struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		NodeSelector *metav1.LabelSelector `json:"nodeSelector"`
		Defaults     map[string]string     `json:"defaults"`
	} `json:"spec"`
}

// readConfig does what an agent's init container does (cilium-dbg build-config): the ConfigMap, and over it the
// CiliumNodeConfigs that select the node, the last name above all (pkg/option/resolver).
func (c *Cluster) readConfig(ctx context.Context, nodeLabels map[string]string) (map[string]string, error) {
	found, err := c.client.Resource(configMapsResource).Namespace(ciliumNamespace).Get(ctx, ciliumConfig, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("configuration of Cilium: %w", err)
	}
	var base corev1.ConfigMap
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(found.Object, &base); err != nil {
		return nil, fmt.Errorf("configuration of Cilium: %w", err)
	}
	list, err := c.client.Resource(nodeConfigsResource).Namespace(ciliumNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("CiliumNodeConfigs: %w", err)
	}
	configs := make([]nodeConfig, len(list.Items))
	for i, item := range list.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &configs[i]); err != nil {
			return nil, fmt.Errorf("CiliumNodeConfig %s: %w", item.GetName(), err)
		}
	}
	return effective(base.Data, configs, nodeLabels)
}

func effective(base map[string]string, configs []nodeConfig, nodeLabels map[string]string) (map[string]string, error) {
	values := maps.Clone(base)
	slices.SortFunc(configs, func(a, b nodeConfig) int { return cmp.Compare(a.Metadata.Name, b.Metadata.Name) })
	for _, one := range configs {
		selector, err := metav1.LabelSelectorAsSelector(one.Spec.NodeSelector) // nil selects nothing, {} everything
		if err != nil {
			return nil, fmt.Errorf("selector of CiliumNodeConfig %s: %w", one.Metadata.Name, err)
		}
		if selector.Matches(labels.Set(nodeLabels)) {
			maps.Copy(values, one.Spec.Defaults)
		}
	}
	return values, nil
}

// agentConfig is what the values mean to an agent of this image.
func agentConfig(values map[string]string, image string) (node.Config, error) {
	_, version, _ := strings.Cut(image, ":v")
	version, _, _ = strings.Cut(version, "@")
	config := node.Config{Release: node.Parse(version), Masquerade: values["enable-ipv4-masquerade"] != "false"}
	native := strings.TrimSpace(values["ipv4-native-routing-cidr"])
	if native == "" {
		return config, nil
	}
	prefix, err := netip.ParsePrefix(native)
	if err != nil || !prefix.Addr().Is4() {
		return config, fmt.Errorf("an agent refuses ipv4-native-routing-cidr %q: %w", native, err)
	}
	config.Native = prefix.Masked()
	return config, nil
}
