package clusterview

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// ReadKarpenter reads the NodePools and NodeClaims. A cluster that does not serve version 1 has none.
func ReadKarpenter(ctx context.Context, kube client.Client) (podrules.Karpenter, error) {
	k := podrules.Karpenter{Pools: map[string]*podrules.NodePool{}, Claims: map[string]*podrules.NodeClaim{}}
	err := each(ctx, kube, "NodePool", func(pool *podrules.NodePool) { k.Pools[pool.Metadata.Name] = pool })
	if err == nil {
		err = each(ctx, kube, "NodeClaim", k.Take)
	}
	if apierrors.IsForbidden(err) { // rights from before there was anything to do here
		return podrules.Karpenter{Denied: true}, nil
	}
	return k, err
}

func each[T any](ctx context.Context, kube client.Client, kind string, take func(*T)) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(podrules.NodePoolKind.GroupVersion().WithKind(kind + "List"))
	err := kube.List(ctx, list)
	if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("listing %ss of Karpenter: %w", kind, err)
	}
	for i := range list.Items {
		item := new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(list.Items[i].Object, item); err != nil {
			return fmt.Errorf("reading %s %s of Karpenter: %w", kind, list.Items[i].GetName(), err)
		}
		take(item)
	}
	return nil
}
