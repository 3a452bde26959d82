package cluster

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Replace creates an object that is all ours, or replaces it whole, under an optimistic
// lock.
func Replace(ctx context.Context, kube client.Client, desired *unstructured.Unstructured) error {
	current := &unstructured.Unstructured{}
	current.SetGroupVersionKind(desired.GroupVersionKind())
	err := kube.Get(ctx, client.ObjectKeyFromObject(desired), current)
	switch {
	case apierrors.IsNotFound(err):
		return kube.Create(ctx, desired)
	case err != nil:
		return err
	}
	desired.SetResourceVersion(current.GetResourceVersion())
	return kube.Update(ctx, desired)
}

// DeleteExact deletes the very object that was seen, by its UID, and not one that was
// made under the same name since. One that is gone already is no error.
func DeleteExact(ctx context.Context, kube client.Client, seen *unstructured.Unstructured) error {
	uid := seen.GetUID()
	return client.IgnoreNotFound(kube.Delete(ctx, seen, client.Preconditions(metav1.Preconditions{UID: &uid})))
}
