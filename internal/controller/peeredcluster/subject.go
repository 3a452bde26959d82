package peeredcluster

import (
	"time"

	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// subject is the PeeredCluster of one reconciliation: all that a step may touch of it
// is its status, its events and when it is looked at again. What else a step may touch
// comes with the layers above, each of which knows the one below and no other:
// subject, valueHistory (what was read of the cluster), configuration (what was decided,
// and writing it) and nodeRollout (the nodes).
type subject struct {
	// Draft has Object, whose status is changed, and Before, as the API server has it.
	*object.Draft[*v1alpha1.PeeredCluster]
	events object.Announcer
	object.Again
	// start is the time of this reconciliation.
	start  time.Time
	owner  cilium.Owner
	memory *memory
	// askedNamespace is spec.cilium.namespace as it was read; see pinCiliumNamespace.
	askedNamespace string
	clock          clock.PassiveClock
	// turnJudged: the nodes were planned for, and with them what becomes of the cluster's turn.
	turnJudged bool
	// takenUp: the object is being deleted, and another PeeredCluster takes up what an earlier one set.
	takenUp bool
}

// ciliumStatus gives status.cilium to be changed.
func (s *subject) ciliumStatus() *v1alpha1.CiliumStatus {
	if s.Object.Status.Cilium == nil {
		s.Object.Status.Cilium = &v1alpha1.CiliumStatus{}
	}
	return s.Object.Status.Cilium
}

// rolloutStatus gives status.rollout to be changed.
func (s *subject) rolloutStatus() *v1alpha1.RolloutStatus {
	if s.Object.Status.Rollout == nil {
		s.Object.Status.Rollout = &v1alpha1.RolloutStatus{}
	}
	return s.Object.Status.Rollout
}

// action is what events say was done when something was found.
const action = "Reconcile"
