package awsidentity

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
)

// mostConcurrent identities are looked at at once, so that one whose STS does not
// answer blocks no other.
const mostConcurrent = 4

// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=awsidentities,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=awsidentities/status,verbs=patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=vpcpeerings;peeredclusters,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// SetupWithManager makes the manager run the reconciler on changes of an
// AWSIdentity, and of what may hold the deletion of one.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, lastAdmissionGone())
	err := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.AWSIdentity{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.VPCPeering{}, handler.EnqueueRequestsFromMapFunc(r.affected)).
		Watches(&v1alpha1.PeeredCluster{}, handler.EnqueueRequestsFromMapFunc(r.affected)).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: mostConcurrent, LogConstructor: object.Logger(mgr.GetLogger(), "AWSIdentity"),
			RateLimiter: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		}).
		Complete(metrics.Watched(r.Metrics, r, &v1alpha1.AWSIdentity{}))
	if err != nil {
		return fmt.Errorf("setting up the AWSIdentity controller: %w", err)
	}
	return nil
}

// affected are the identities that a user's change may let go, or take hold of. Most changes affect none, and one that an
// identity never admitted affects none.
func (r *Reconciler) affected(ctx context.Context, user client.Object) []reconcile.Request {
	var all v1alpha1.AWSIdentityList
	// They are only read: a copy of a thousand admissions for each event of a thousand users would be most of what the manager does.
	if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Cannot list AWSIdentities; the next sweep looks at them")
		return nil
	}
	// Most changes are of status: then nothing depends on the names.
	named := sync.OnceValue(func() map[string]bool { return r.namedBy(ctx, user) })
	var requests []reconcile.Request
	for i := range all.Items {
		identity := &all.Items[i]
		if r.affects(ctx, user, named, identity) {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Name: identity.Name}})
		}
	}
	return requests
}

func (r *Reconciler) affects(ctx context.Context, user client.Object, named func() map[string]bool, identity *v1alpha1.AWSIdentity) bool {
	// Which one a user was on can't be known from what it is now.
	letGo := !identity.DeletionTimestamp.IsZero() || object.Held(identity) && !user.GetDeletionTimestamp().IsZero()
	takeHold := object.Held(user) && !object.Held(identity) && named()[identity.Name]
	peering, tenant := user.(*v1alpha1.VPCPeering)
	if !letGo && !takeHold || !tenant {
		return letGo || takeHold
	}
	if object.WasEverAdmitted(identity, peering.UID) {
		return true
	}
	admitted, err := object.Namespaces{Reader: r.Client}.Admit(ctx, identity.Spec.AllowedNamespaces, peering.Namespace)
	return (admitted || err != nil) && named()[identity.Name]
}

// lastAdmissionGone: the finalizer of a VPCPeering goes first, and what was recorded of it after.
func lastAdmissionGone() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false }, DeleteFunc: func(event.DeleteEvent) bool { return false },
		GenericFunc: func(event.GenericEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, was := e.ObjectOld.(*v1alpha1.AWSIdentity)
			after, is := e.ObjectNew.(*v1alpha1.AWSIdentity)
			return was && is && len(before.Status.Admissions) > 0 && len(after.Status.Admissions) == 0
		},
	}
}

// namedBy are the identities that a user acts through, by its spec or by what it is pinned to.
func (r *Reconciler) namedBy(ctx context.Context, user client.Object) map[string]bool {
	switch user := user.(type) {
	case *v1alpha1.PeeredCluster:
		return map[string]bool{object.IdentityName(user.Spec.IdentityRef): true}
	case *v1alpha1.VPCPeering:
		found := map[string]bool{}
		for _, side := range []v1alpha1.VPCPeeringSide{user.Spec.Requester, user.Spec.Accepter} {
			clusters := r.clusters(ctx, side)
			found[object.SideIdentity(side, clusters)] = true
			if groups := object.GroupsIdentity(side, clusters); groups != "" {
				found[groups] = true
			}
		}
		for _, pinned := range []*v1alpha1.SideStatus{user.Status.Requester, user.Status.Accepter} {
			for _, name := range object.PinnedIdentities(pinned) {
				found[name] = true
			}
		}
		return found
	default:
		return nil
	}
}

// clusters are those that a side names; one that is not there is nil.
func (r *Reconciler) clusters(ctx context.Context, side v1alpha1.VPCPeeringSide) []*v1alpha1.PeeredCluster {
	byName := map[string]*v1alpha1.PeeredCluster{}
	for _, ref := range side.ClusterRefs {
		cluster := &v1alpha1.PeeredCluster{}
		if err := r.Get(ctx, types.NamespacedName{Name: ref.Name}, cluster); err == nil {
			byName[ref.Name] = cluster
		}
	}
	return clustersOf(side, byName)
}
