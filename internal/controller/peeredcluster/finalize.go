package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finalize lets the object go once no VPCPeering names it and what it had set in the
// cluster is withdrawn. The configuration of peerings left as orphans stays in the
// cluster: their routes do too.
func (r *Reconciler) finalize(ctx context.Context, read *v1alpha1.PeeredCluster) (ctrl.Result, error) {
	s := r.subject(read)
	peerings, err := peeringsOf(ctx, r, read.Name)
	if err != nil {
		return ctrl.Result{}, err
	}
	if users := users(peerings); len(users) > 0 {
		report := findings{}.judge()
		report.Keep()
		report.Overall(verdict.Wait, v1alpha1.ReasonInUse, fmt.Sprintf(
			"Deletion waits for the VPCPeerings that name this cluster: %s.", message.List(users)))
		return ctrl.Result{RequeueAfter: afterUsers}, r.report(ctx, s, report)
	}
	if found, left, err := r.windDown(ctx, s); err != nil || left != "" {
		report := found.judge()
		report.Overall(verdict.Act, v1alpha1.ReasonDeleting, "Deletion waits until everything that crossvpc set in the cluster is withdrawn: "+left+".")
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
	r.Clouds.Release("peeredcluster/" + key.Name)
}

// users are the VPCPeerings by namespace and name, sorted.
func users(peerings []v1alpha1.VPCPeering) []string {
	users := make([]string, 0, len(peerings))
	for i := range peerings {
		users = append(users, peerings[i].Namespace+"/"+peerings[i].Name)
	}
	slices.Sort(users)
	return users
}
