package peeredcluster

import (
	"context"
	"errors"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finalize lets the object go once no VPCPeering names it and what it had set in the
// cluster is withdrawn. The configuration of peerings left as orphans stays in the
// cluster: their routes do too.
func (r *Reconciler) finalize(ctx context.Context, read *v1alpha1.PeeredCluster) (ctrl.Result, error) {
	s := r.subject(read)
	peerings, err := peeringsOf(ctx, r, read)
	if err != nil {
		return ctrl.Result{}, err
	}
	if users := users(peerings, read.Name); users.Any() {
		report := findings{}.judge()
		report.Keep()
		report.Overall(verdict.New(verdict.Wait, v1alpha1.ReasonInUse, users.Hold("PeeredCluster", "")))
		return ctrl.Result{RequeueAfter: afterUsers}, r.report(ctx, s, report)
	}
	if found, left, err := r.windDown(ctx, s); err != nil || left != "" {
		report := found.judge()
		report.Overall(verdict.New(verdict.Act, v1alpha1.ReasonDeleting, "Deletion waits until everything that crossvpc set in the cluster is withdrawn: "+left+"."))
		return s.Result(r.Sweep), errors.Join(err, r.report(ctx, s, report))
	}
	if err := object.Release(ctx, r.Client, read); err != nil {
		return ctrl.Result{}, err
	}
	r.forget(client.ObjectKeyFromObject(read))
	return ctrl.Result{}, nil
}

// forget drops all that is kept for an object: its connection, what is remembered of
// it, and its share in what is read of AWS.
func (r *Reconciler) forget(key client.ObjectKey) {
	r.Connector.Forget(key.Name)
	r.memories.forget(key.Name)
	r.claimants.forget(key.Name)
	r.Clouds.Release("peeredcluster/" + key.Name)
}

// users are the VPCPeerings that rest on the cluster. One that was refused because the cluster is
// being deleted does not.
func users(peerings []v1alpha1.VPCPeering, cluster string) (users object.Users) {
	for i := range peerings {
		peering := &peerings[i]
		if !object.RefusedAsDeleting(peering) || pinnedTo(peering, cluster) {
			users.Add(peering, "VPCPeering "+peering.Namespace+"/"+peering.Name)
		}
	}
	return users
}

func pinnedTo(peering *v1alpha1.VPCPeering, cluster string) bool {
	none := v1alpha1.VPCPeeringSide{}
	return names(none, peering.Status.Requester, cluster) || names(none, peering.Status.Accepter, cluster)
}
