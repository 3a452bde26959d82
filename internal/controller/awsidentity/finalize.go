package awsidentity

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"

	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// finalize lets the object go once nothing rests on it: without its credentials
// what was made in the account could not be removed.
func (r *Reconciler) finalize(ctx context.Context, object *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(object, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	users, err := r.users(ctx, object)
	if err != nil {
		return ctrl.Result{}, err
	}
	before := object.DeepCopy()
	if len(users) > 0 {
		held := finding{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonInUse, "deletion waits until nothing uses this identity: delete %s, or have them name another", message.List(users))}
		return ctrl.Result{RequeueAfter: r.jittered(recheckMistake)}, r.report(ctx, before, object, held)
	}
	controllerutil.RemoveFinalizer(object, v1alpha1.Finalizer)
	if err := r.Patch(ctx, object, optimistic(before)); client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, fmt.Errorf("removing the finalizer: %w", err)
	}
	r.forget(object)
	r.Events.Eventf(object, nil, corev1.EventTypeNormal, eventDeleted, "Delete", "nothing uses this identity any more")
	return ctrl.Result{}, nil
}

func (r *Reconciler) forget(object *v1alpha1.AWSIdentity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.used, object.Name)
	r.Cloud.Forget(r.identity(object))
}
