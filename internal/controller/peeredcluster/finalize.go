package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// usersRetry is when to look again whether the last user is gone; a change of a
// user brings a pass sooner.
const usersRetry = 30 * time.Second

// finalize lets the object go once no VPCPeering names it and what it had set in the
// cluster is taken back. The configuration of peerings left as orphans stays in the
// cluster: their routes do too.
func (r *Reconciler) finalize(ctx context.Context, p *pass) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(p.object, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	if err := p.loadPeerings(ctx); err != nil {
		return ctrl.Result{}, err
	}
	if users := p.users(); len(users) > 0 {
		p.conditions.Keep()
		p.conditions.Overall(conditions.Wait, v1alpha1.ReasonInUse, fmt.Sprintf(
			"deletion waits for the VPCPeerings that name this cluster: %s", strings.Join(users, ", ")))
		return ctrl.Result{RequeueAfter: usersRetry}, p.report(ctx)
	}
	if left, err := p.windDown(ctx); err != nil || left != "" {
		p.conditions.Overall(conditions.Act, v1alpha1.ReasonDeleting, "deletion waits until the cluster is as it was: "+left)
		return p.result(), errors.Join(err, p.report(ctx))
	}
	before := p.object.DeepCopy()
	controllerutil.RemoveFinalizer(p.object, v1alpha1.Finalizer)
	if err := r.Patch(ctx, p.object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(fmt.Errorf("removing the finalizer: %w", err))
	}
	r.Connector.Forget(p.object.Name)
	r.memories.forget(p.object.Name)
	r.Clouds.Release("peeredcluster/" + p.object.Name)
	return ctrl.Result{}, nil
}

// mostUsers bounds how many users a message names.
const mostUsers = 5

func (p *pass) users() []string {
	users := make([]string, 0, len(p.peerings))
	for i := range p.peerings {
		users = append(users, p.peerings[i].Namespace+"/"+p.peerings[i].Name)
	}
	slices.Sort(users)
	if len(users) > mostUsers {
		users = append(users[:mostUsers], fmt.Sprintf("and %d more", len(users)-mostUsers))
	}
	return users
}
