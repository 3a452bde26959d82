package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// inUse tells whether a VPCPeering counts for the cluster: what is set in it, is set for VPCPeerings.
func (r *Reconciler) inUse(ctx context.Context, cluster *v1alpha1.PeeredCluster) (bool, error) {
	peerings, err := peeringsOf(ctx, r, cluster)
	return len(peerings) > 0, err
}

// holdOrLetGo: what is set in the cluster is withdrawn before the object goes, also where no VPCPeering rests on it yet.
func (r *Reconciler) holdOrLetGo(ctx context.Context, s *subject, c *configuration) error {
	if c != nil && (c.keeps() || c.groupsLeft != nil && *c.groupsLeft) {
		return object.Hold(ctx, r.Client, s.Object)
	}
	return r.letGo(ctx, s, c)
}

// letGo takes our finalizer off an object that no VPCPeering rests on any more, once nothing of ours is left in the cluster:
// whoever deletes it then need not wait for a manager. c is what was read of the cluster; nil: it could not be reached.
func (r *Reconciler) letGo(ctx context.Context, s *subject, c *configuration) error {
	if !object.Held(s.Object) || s.maySetSomething(c) {
		return nil
	}
	if used, err := r.inUse(ctx, s.Object); used || err != nil {
		return err
	}
	return object.Release(ctx, r.Client, s.Object)
}

// maySetSomething: a cluster that was never reached has nothing of ours.
func (s *subject) maySetSomething(c *configuration) bool {
	if c == nil {
		return s.Object.Status.ClusterID != ""
	}
	return c.leftovers() != ""
}
