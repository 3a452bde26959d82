package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
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
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
)

// mostConcurrent is more than there are clusters that may fall silent in one moment: a
// reconciliation that waits for an answer holds none up that works on another cluster. A worker
// that has nothing to do takes a few KiB.
const mostConcurrent = 512

// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=peeredclusters,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=peeredclusters/status,verbs=patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=vpcpeerings;awsidentities,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups="",namespace=crossvpc-system,resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",namespace=crossvpc-system,resources=configmaps,resourceNames=crossvpc-stop-rollouts,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// SetupWithManager makes the manager run the reconciler on changes of a
// PeeredCluster, of its kubeconfig and identity, and of the peerings that name it.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	controlled := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.PeeredCluster{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.PeeredCluster{}, handler.EnqueueRequestsFromMapFunc(r.waitingFor), builder.WithPredicates(turnMayPass())).
		Watches(&v1alpha1.VPCPeering{}, handler.EnqueueRequestsFromMapFunc(r.clustersOf)).
		Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.usersOf(usesSecret))).
		Watches(&corev1.ConfigMap{}, handler.EnqueueRequestsFromMapFunc(r.usersOf(everybody))). // the cache has the one that stops rollouts
		Watches(&v1alpha1.AWSIdentity{}, handler.EnqueueRequestsFromMapFunc(r.usersOf(usesIdentity)), builder.WithPredicates(object.IdentityChanged())).
		WithOptions(controller.Options{MaxConcurrentReconciles: mostConcurrent, LogConstructor: object.Logger(mgr.GetLogger(), "PeeredCluster")})
	if r.Changes != nil {
		controlled = controlled.WatchesRawSource(source.Channel(r.Changes, handler.TypedFuncs[cluster.Change, reconcile.Request]{GenericFunc: lookAt}))
	}
	if err := controlled.Complete(metrics.Watched(r.Metrics, r, &v1alpha1.PeeredCluster{})); err != nil {
		return fmt.Errorf("setting up the PeeredCluster controller: %w", err)
	}
	return nil
}

// lookAt has a cluster looked at after a change there. Changes come in swarms: of
// those that are told until then one reconciliation sees all.
func lookAt(_ context.Context, e event.TypedGenericEvent[cluster.Change], queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	queue.AddAfter(reconcile.Request{NamespacedName: types.NamespacedName{Name: e.Object.Cluster}}, e.Object.After)
}

// clustersOf are the clusters that a VPCPeering names, or named, and that it counts for: whom nobody
// admits wakes nobody.
func (r *Reconciler) clustersOf(ctx context.Context, changed client.Object) []reconcile.Request {
	peering, ok := changed.(*v1alpha1.VPCPeering)
	if !ok {
		return nil
	}
	var requests []reconcile.Request
	for _, name := range named(peering) {
		cluster := &v1alpha1.PeeredCluster{}
		if err := r.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
			continue // there is none, or the next sweep looks at it
		}
		if counts, err := countsFor(ctx, r, peering, cluster); counts || err != nil {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Name: name}})
		}
	}
	return requests
}

// named are the clusters in the spec of a VPCPeering, and those that it once resolved to.
func named(peering *v1alpha1.VPCPeering) []string {
	var names []string
	for _, side := range []v1alpha1.VPCPeeringSide{peering.Spec.Requester, peering.Spec.Accepter} {
		for _, ref := range side.ClusterRefs {
			names = append(names, ref.Name)
		}
	}
	for _, side := range []*v1alpha1.SideStatus{peering.Status.Requester, peering.Status.Accepter} {
		if side != nil {
			names = append(names, side.Clusters...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Reconciler) usersOf(uses func(*v1alpha1.PeeredCluster, string) bool) handler.MapFunc {
	return func(ctx context.Context, changed client.Object) []reconcile.Request {
		var all v1alpha1.PeeredClusterList
		if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil { // only names are taken out of it
			ctrl.LoggerFrom(ctx).Error(err, "Cannot list PeeredClusters; the next sweep looks at them")
			return nil
		}
		var requests []reconcile.Request
		for i := range all.Items {
			if uses(&all.Items[i], changed.GetName()) {
				requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Name: all.Items[i].Name}})
			}
		}
		return requests
	}
}

func everybody(*v1alpha1.PeeredCluster, string) bool { return true }

func usesSecret(object *v1alpha1.PeeredCluster, name string) bool {
	ref := object.Spec.Access.KubeConfigSecretRef
	return ref != nil && ref.Name == name
}

func usesIdentity(object *v1alpha1.PeeredCluster, name string) bool {
	if object.Spec.IdentityRef == nil {
		return name == v1alpha1.DefaultName
	}
	return object.Spec.IdentityRef.Name == name
}
