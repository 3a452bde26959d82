package cluster

import (
	"context"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/version"
)

// Stamp notes which version writes an object that is all ours. The note goes with a write that something else calls for:
// whoever compares objects leaves it out, or each upgrade would write all of them, and two versions would never agree.
// Objects of others, of which we set a field, carry no note: their owners' tools would see it as drift.
func Stamp(object client.Object) {
	annotations := maps.Clone(object.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.AnnotationVersion] = version.String()
	object.SetAnnotations(annotations)
}

// Replace creates an object that is all ours, or replaces it whole, under an optimistic
// lock, with the note of who wrote it.
func Replace(ctx context.Context, kube client.Client, desired *unstructured.Unstructured) error {
	Stamp(desired)
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
