package cidrgroup

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// found is the groups of the cluster, in the version that it serves; empty: none.
type found struct {
	version string
	groups  []cilium.CIDRGroup
}

// read takes whichever version is served: up to Cilium 1.17 that is v2alpha1
// (docs/facts/cilium.md#cidr-groups).
func read(ctx context.Context, kube client.Reader) (found, error) {
	list, err := cilium.FirstServed(func(list *unstructured.UnstructuredList) error { return kube.List(ctx, list) },
		cilium.ListOf("CiliumCIDRGroup", "v2"), cilium.ListOf("CiliumCIDRGroup", "v2alpha1"))
	switch {
	case err != nil:
		return found{}, fmt.Errorf("listing CiliumCIDRGroups: %w", err)
	case list == nil:
		return found{}, nil
	}
	groups, err := parse(list)
	return found{list.GroupVersionKind().Version, groups}, err
}

func parse(list *unstructured.UnstructuredList) ([]cilium.CIDRGroup, error) {
	groups := make([]cilium.CIDRGroup, 0, len(list.Items))
	for i := range list.Items {
		group, err := cilium.CIDRGroupFromUnstructured(&list.Items[i])
		if err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	return groups, nil
}

func write(ctx context.Context, kube client.Client, version string, changes cilium.CIDRGroupChanges) error {
	for _, group := range changes.Apply {
		object, err := group.Unstructured(version)
		if err != nil {
			return err
		}
		if err := cluster.Replace(ctx, kube, object); err != nil {
			return fmt.Errorf("writing CiliumCIDRGroup %s: %w", group.Metadata.Name, err)
		}
	}
	for _, group := range changes.Delete {
		object, err := group.Unstructured(version)
		if err != nil {
			return err
		}
		if err := cluster.DeleteExact(ctx, kube, object); err != nil {
			return fmt.Errorf("deleting CiliumCIDRGroup %s: %w", group.Metadata.Name, err)
		}
	}
	return nil
}
