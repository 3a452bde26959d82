package awsidentity

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/metrics"
)

// mostConcurrent identities are looked at at once, so that one whose STS does not
// answer holds up no other.
const mostConcurrent = 4

// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=awsidentities,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=awsidentities/status,verbs=patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=vpcpeerings;peeredclusters,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// SetupWithManager has the manager run the reconciler: on changes of an
// AWSIdentity, and of what may hold the deletion of one.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	err := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.AWSIdentity{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.VPCPeering{}, handler.EnqueueRequestsFromMapFunc(r.underDeletion)).
		Watches(&v1alpha1.PeeredCluster{}, handler.EnqueueRequestsFromMapFunc(r.underDeletion)).
		WithOptions(controller.Options{MaxConcurrentReconciles: mostConcurrent}).
		Complete(metrics.Watched(r.Metrics, r, &v1alpha1.AWSIdentity{}))
	if err != nil {
		return fmt.Errorf("setting up the AWSIdentity controller: %w", err)
	}
	return nil
}

// underDeletion are the identities that a user's change may let go. There are few
// of them, and which one a user was on can't be told from what it is now.
func (r *Reconciler) underDeletion(ctx context.Context, _ client.Object) []reconcile.Request {
	var all v1alpha1.AWSIdentityList
	if err := r.List(ctx, &all); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing AWSIdentities")
		return nil
	}
	var requests []reconcile.Request
	for i := range all.Items {
		if !all.Items[i].DeletionTimestamp.IsZero() {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Name: all.Items[i].Name}})
		}
	}
	return requests
}
