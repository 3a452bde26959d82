package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// finalize lets the object go once no VPCPeering names it and what it had set in the
// cluster is taken back. The configuration of peerings left as orphans stays in the
// cluster: their routes do too.
func (r *Reconciler) finalize(ctx context.Context, s *subject) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(s.object, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	peerings, err := peeringsOf(ctx, r, s.object.Name)
	if err != nil {
		return ctrl.Result{}, err
	}
	if users := users(peerings); len(users) > 0 {
		report := findings{}.judge()
		report.Keep()
		report.Overall(conditions.Wait, v1alpha1.ReasonInUse, fmt.Sprintf(
			"deletion waits for the VPCPeerings that name this cluster: %s", strings.Join(users, ", ")))
		return ctrl.Result{RequeueAfter: afterUsers}, r.report(ctx, s, report)
	}
	if found, left, err := r.windDown(ctx, s); err != nil || left != "" {
		report := found.judge()
		report.Overall(conditions.Act, v1alpha1.ReasonDeleting, "deletion waits until the cluster is as it was: "+left)
		return r.result(s), errors.Join(err, r.report(ctx, s, report))
	}
	before := s.object.DeepCopy()
	controllerutil.RemoveFinalizer(s.object, v1alpha1.Finalizer)
	if err := r.Patch(ctx, s.object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(fmt.Errorf("removing the finalizer: %w", err))
	}
	r.Connector.Forget(s.object.Name)
	r.memories.forget(s.object.Name)
	r.Clouds.Release("peeredcluster/" + s.object.Name)
	return ctrl.Result{}, nil
}

// mostUsers bounds how many users a message names.
const mostUsers = 5

func users(peerings []v1alpha1.VPCPeering) []string {
	users := make([]string, 0, len(peerings))
	for i := range peerings {
		users = append(users, peerings[i].Namespace+"/"+peerings[i].Name)
	}
	slices.Sort(users)
	if len(users) > mostUsers {
		users = append(users[:mostUsers], fmt.Sprintf("and %d more", len(users)-mostUsers))
	}
	return users
}
