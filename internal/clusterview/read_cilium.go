package clusterview

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// readCilium reads what Cilium has. In a cluster where there never was any it asks
// for nothing.
func (v *View) readCilium(ctx context.Context, kube client.Client, scope Scope) error {
	if v.Install.DaemonSet != nil {
		if err := v.readOptions(ctx, kube); err != nil {
			return err
		}
	} else if !scope.Configured {
		return nil
	}
	if err := v.readNodeConfigs(ctx, kube); err != nil {
		return err
	}
	return v.readCiliumNodes(ctx, kube, scope.Pin)
}

func (v *View) readOptions(ctx context.Context, kube client.Client) error {
	v.Install.Objects.ConfigMaps = map[string]map[string]string{}
	v.Install.Managed, v.Install.Marks = map[string][]metav1.ManagedFieldsEntry{}, map[string]map[string]string{}
	for _, source := range cilium.SourcesOf(v.Install.DaemonSet).ConfigMaps() {
		if err := v.readConfigMap(ctx, kube, source.Namespace, source.Name); err != nil {
			return err
		}
	}
	return v.readConfigMap(ctx, kube, v.Install.Namespace, cilium.IPMasqConfigMapName)
}

func (v *View) readConfigMap(ctx context.Context, kube client.Client, namespace, name string) error {
	found := &corev1.ConfigMap{}
	err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading ConfigMap %s/%s: %w", namespace, name, err)
	}
	key := namespace + "/" + name
	v.Install.Objects.ConfigMaps[key] = found.Data
	v.Install.Managed[key], v.Install.Marks[key] = found.ManagedFields, found.Annotations
	return nil
}

// RereadNodeConfigs reads the CiliumNodeConfigs once more, with a reader that asks
// the API server: a watch may not show yet what was written a moment ago.
func (v *View) RereadNodeConfigs(ctx context.Context, live client.Reader) error {
	v.Install.Objects.NodeConfigs, v.index.own = nil, nil
	if err := v.readNodeConfigs(ctx, live); err != nil {
		return err
	}
	v.Facts = cilium.Observe(v.Install)
	return nil
}

// readNodeConfigs takes whichever version the cluster serves: 1.15 has only
// v2alpha1, and 1.20.0 and 1.20.1 only v2 (cilium/cilium#47774).
func (v *View) readNodeConfigs(ctx context.Context, kube client.Reader) error {
	list, err := cilium.FirstServed(func(list *unstructured.UnstructuredList) error {
		return kube.List(ctx, list, client.InNamespace(v.Install.Namespace))
	}, cilium.ListOf("CiliumNodeConfig", "v2"), cilium.ListOf("CiliumNodeConfig", "v2alpha1"))
	switch {
	case err != nil:
		return fmt.Errorf("listing CiliumNodeConfigs: %w", err)
	case list == nil:
		return nil
	}
	v.NodeConfigVersion = list.GroupVersionKind().Version
	for i := range list.Items {
		config, err := cilium.NodeConfigFromUnstructured(&list.Items[i])
		if err != nil {
			return err
		}
		v.Install.Objects.NodeConfigs = append(v.Install.Objects.NodeConfigs, config)
	}
	return nil
}

func (v *View) readCiliumNodes(ctx context.Context, kube client.Client, pin cilium.Pin) error {
	list, err := cilium.FirstServed(func(list *unstructured.UnstructuredList) error { return kube.List(ctx, list) }, cilium.ListOf("CiliumNode", "v2"))
	switch {
	case err != nil:
		return fmt.Errorf("listing CiliumNodes: %w", err)
	case list == nil:
		return nil
	}
	nodes := make([]cilium.CiliumNode, 0, len(list.Items))
	for i := range list.Items {
		node, err := cilium.CiliumNodeFromUnstructured(&list.Items[i])
		if err != nil {
			return err
		}
		nodes = append(nodes, node)
	}
	v.Footprint, err = cilium.Discover(nodes, pin)
	return err
}
