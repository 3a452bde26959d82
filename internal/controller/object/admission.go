package object

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Namespaces tells which namespaces the owners of AWSIdentities and PeeredClusters admit. Nobody
// else's objects count for them: they hold no deletion and wake no reconciler.
type Namespaces struct{ Reader client.Reader }

// Admit reports whether a namespace may use an object; by default none may. A selector that is not
// valid admits none: its owner is told by the object itself. Nor does one that is gone.
func (n Namespaces) Admit(ctx context.Context, allowed v1alpha1.AllowedNamespaces, namespace string) (bool, error) {
	if allowed.Selector == nil {
		return slices.Contains(allowed.Names, namespace), nil
	}
	found := &corev1.Namespace{}
	if err := n.Reader.Get(ctx, client.ObjectKey{Name: namespace}, found); err != nil {
		if client.IgnoreNotFound(err) == nil {
			return false, nil
		}
		return false, fmt.Errorf("reading namespace %s: %w", namespace, err)
	}
	admitted, err := allowed.Admits(found.Name, found.Labels)
	return admitted && err == nil, nil
}
