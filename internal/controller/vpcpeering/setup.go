package vpcpeering

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// mostConcurrent peerings are worked on at once; a reconciliation waits for AWS most of its time.
const mostConcurrent = 64

// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=vpcpeerings,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=vpcpeerings/status,verbs=patch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=peeredclusters;awsidentities,verbs=get;list;watch
// +kubebuilder:rbac:groups=networking.crossvpc.io,resources=peeredclusters/status;awsidentities/status,verbs=patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// SetupWithManager makes the manager run the reconciler on changes of a
// VPCPeering, and of the clusters and identities that it rests on.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	if err := indexPairs(context.Background(), mgr); err != nil {
		return err
	}
	changed := predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
	err := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.VPCPeering{}, builder.WithPredicates(changed)).
		Watches(&v1alpha1.PeeredCluster{}, handler.EnqueueRequestsFromMapFunc(r.restingOn(usesCluster))).
		Watches(&v1alpha1.AWSIdentity{}, handler.EnqueueRequestsFromMapFunc(r.restingOn(usesIdentity)), builder.WithPredicates(object.IdentityChanged())).
		WatchesRawSource(source.Channel(r.requests.turns(), handler.TypedFuncs[types.NamespacedName, reconcile.Request]{GenericFunc: yourTurn})).
		WithOptions(controller.Options{MaxConcurrentReconciles: mostConcurrent, LogConstructor: object.Logger(mgr.GetLogger(), "VPCPeering")}).
		Complete(metrics.Watched(r.Metrics, r, &v1alpha1.VPCPeering{}))
	if err != nil {
		return fmt.Errorf("setting up the VPCPeering controller: %w", err)
	}
	return nil
}

// priorityOfOpenRequests is that of objects whose request is open, or whose turn it is to ask. Behind hundreds that were applied
// with them, and that have to wait for them, each of the few places of an account would be taken for half a minute. Others have 0.
const priorityOfOpenRequests = 1

// yourTurn has a VPCPeering reconciled that may ask for its connection now.
func yourTurn(_ context.Context, e turn, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	request := reconcile.Request{NamespacedName: e.Object}
	if ordered, is := queue.(priorityqueue.PriorityQueue[reconcile.Request]); is {
		ordered.AddWithOpts(priorityqueue.AddOpts{Priority: new(priorityOfOpenRequests)}, request)
		return
	}
	queue.Add(request)
}

// restingOn finds the VPCPeerings that rest on an object.
func (r *Reconciler) restingOn(uses func(*v1alpha1.VPCPeering, string) bool) handler.MapFunc {
	return func(ctx context.Context, changed client.Object) []reconcile.Request {
		var all v1alpha1.VPCPeeringList
		if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil { // only names are taken out of it
			ctrl.LoggerFrom(ctx).Error(err, "Cannot list VPCPeerings; the next sweep looks at them")
			return nil
		}
		var requests []reconcile.Request
		for i := range all.Items {
			if uses(&all.Items[i], changed.GetName()) {
				requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: all.Items[i].Namespace, Name: all.Items[i].Name}})
			}
		}
		return requests
	}
}

func usesCluster(object *v1alpha1.VPCPeering, name string) bool {
	for _, side := range []v1alpha1.VPCPeeringSide{object.Spec.Requester, object.Spec.Accepter} {
		for _, ref := range side.ClusterRefs {
			if ref.Name == name {
				return true
			}
		}
	}
	return false
}

// usesIdentity goes by the pin where there is one, else by the spec; an object
// that is not resolved yet may fall back on any identity.
func usesIdentity(of *v1alpha1.VPCPeering, name string) bool {
	for _, role := range peering.Roles() {
		side, pinned := sideSpec(of, role), sideStatus(of, role)
		named := side.IdentityRef != nil && side.IdentityRef.Name == name || object.GroupsIdentity(side, nil) == name
		if named || pinned == nil || slices.Contains(object.PinnedIdentities(pinned), name) {
			return true
		}
	}
	return false
}
