package peeredcluster

import (
	"context"
	"errors"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// Reconcile takes one PeeredCluster a step further. It is read past the cache: the
// records in status decide what is started.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	kind := object.Kind[*v1alpha1.PeeredCluster]{Reader: r.Live, Client: r.Client, InUse: r.inUse, Reconcile: r.reconcile, Finalize: r.finalize, Gone: r.forget}
	return kind.Run(ctx, request, &v1alpha1.PeeredCluster{})
}

func (r *Reconciler) reconcile(ctx context.Context, read *v1alpha1.PeeredCluster) (ctrl.Result, error) {
	s := r.subject(read)
	found, c, stepErr := r.takeSteps(ctx, s, startNodes)
	if errors.Is(stepErr, cluster.ErrBehind) {
		return ctrl.Result{RequeueAfter: afterBehind}, nil
	}
	invalid, err := r.judgeOrder(ctx, s)
	if err != nil {
		return ctrl.Result{}, err
	}
	found.object = s.judgeObject(c, invalid)
	if err := r.report(ctx, s, found.judge()); err != nil {
		return ctrl.Result{}, err
	}
	if stepErr != nil {
		return s.Result(r.Sweep), stepErr
	}
	return s.Result(r.Sweep), r.holdOrLetGo(ctx, s, c)
}

// report writes status with the conditions, and makes an event of each that changed.
func (r *Reconciler) report(ctx context.Context, s *subject, report *conditions.Report) error {
	s.endUnjudgedTurn()
	if s.Object.Spec.Rollout.Strategy == v1alpha1.RolloutOnDelete {
		report.Uncount(v1alpha1.ConditionNodesUpToDate)
	}
	changed, err := s.Report(ctx, report, r.Clock.Now())
	if err != nil {
		return err
	}
	s.events.Changed(changed, action)
	return nil
}
