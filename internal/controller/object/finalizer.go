package object

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Held reports whether our finalizer is on an object.
func Held(object client.Object) bool {
	return controllerutil.ContainsFinalizer(object, v1alpha1.Finalizer)
}

// Hold puts our finalizer on an object.
func Hold[T Object](ctx context.Context, writer client.Client, object T) error {
	if err := ensureFinalizer(ctx, writer, object); err != nil {
		return fmt.Errorf("adding the finalizer: %w", err)
	}
	return nil
}

// ensureFinalizer is persisted before the first write anywhere else, so that nothing
// is made that no deletion would remove.
func ensureFinalizer[T Object](ctx context.Context, writer client.Client, object T) error {
	before := copyOf(object)
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	return writer.Patch(ctx, object, optimistic(before))
}

// Release removes our finalizer: an object that is being deleted goes. One that is gone already is fine.
func Release[T Object](ctx context.Context, writer client.Client, object T) error {
	before := copyOf(object)
	controllerutil.RemoveFinalizer(object, v1alpha1.Finalizer)
	if err := client.IgnoreNotFound(writer.Patch(ctx, object, optimistic(before))); err != nil {
		return fmt.Errorf("removing the finalizer: %w", err)
	}
	return nil
}

// optimistic patches what changed since before, if nobody else wrote meanwhile: a merge
// patch replaces lists as a whole.
func optimistic(before client.Object) client.Patch {
	return client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
}

func copyOf[T Object](object T) T { return object.DeepCopyObject().(T) }
