package peeredcluster

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// Reconcile takes one PeeredCluster a step further.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	result, err := r.reconcile(ctx, request)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: afterConflict}, nil
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	// Past the cache: the records in status decide what is started.
	object := &v1alpha1.PeeredCluster{}
	if err := r.Live.Get(ctx, request.NamespacedName, object); err != nil {
		if apierrors.IsNotFound(err) {
			r.memories.forget(request.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, r.subject(object))
	}
	if err := r.ensureFinalizer(ctx, object); err != nil {
		return ctrl.Result{}, err
	}
	s := r.subject(object)
	found, _, stepErr := r.takeSteps(ctx, s, startNodes)
	if errors.Is(stepErr, cluster.ErrBehind) {
		return ctrl.Result{RequeueAfter: afterBehind}, nil
	}
	if err := r.report(ctx, s, found.judge()); err != nil {
		return ctrl.Result{}, err
	}
	return r.result(s), stepErr
}

func (r *Reconciler) ensureFinalizer(ctx context.Context, object *v1alpha1.PeeredCluster) error {
	before := object.DeepCopy()
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.Patch(ctx, object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("adding the finalizer: %w", err)
	}
	return nil
}

// report writes the conditions, and makes an event of each that changed.
func (r *Reconciler) report(ctx context.Context, s *subject, report *conditions.Report) error {
	was := s.before.Status.DeepCopy().Conditions
	if s.object.Spec.Rollout.Strategy == v1alpha1.RolloutOnDelete {
		report.Uncount(v1alpha1.ConditionNodesUpToDate)
	}
	report.Apply(s.object, r.Clock.Now())
	if err := s.persist(ctx); err != nil {
		return err
	}
	s.announce(was)
	return nil
}

// result says when to look again: at the next sweep, or sooner.
func (r *Reconciler) result(s *subject) ctrl.Result {
	again := r.Sweep
	if s.again > 0 {
		again = min(again, s.again)
	}
	return ctrl.Result{RequeueAfter: again}
}
