package peeredcluster

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// waitingFor are the clusters that wait for others: one of those has changed.
func (r *Reconciler) waitingFor(ctx context.Context, changed client.Object) []reconcile.Request {
	var all v1alpha1.PeeredClusterList
	if err := r.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		ctrl.LoggerFrom(ctx).Error(err, "Cannot list PeeredClusters; the next sweep looks at those that wait")
		return nil
	}
	var requests []reconcile.Request
	for i := range all.Items {
		state := turnOf(&all.Items[i]).State
		if name := all.Items[i].Name; name != changed.GetName() && (state == v1alpha1.TurnQueued || state == v1alpha1.TurnOrdered) {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Name: name}})
		}
	}
	return requests
}

// turnMayPass leaves out changes of a PeeredCluster that give nobody else a turn, such as those with
// each node that is finished.
func turnMayPass() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, was := e.ObjectOld.(*v1alpha1.PeeredCluster)
		after, is := e.ObjectNew.(*v1alpha1.PeeredCluster)
		return !was || !is || turnOf(before).State != turnOf(after).State ||
			inProgress(before) != inProgress(after) || upToDate(before) != upToDate(after) ||
			before.Generation != after.Generation || !equality.Semantic.DeepEqual(before.Status.Peerings, after.Status.Peerings)
	}}
}

func upToDate(cluster *v1alpha1.PeeredCluster) bool {
	return meta.IsStatusConditionTrue(cluster.Status.Conditions, v1alpha1.ConditionNodesUpToDate)
}
