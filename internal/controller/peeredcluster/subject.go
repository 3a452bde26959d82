package peeredcluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
)

// subject is the PeeredCluster of one reconciliation: all that a step may touch of it
// is its status, its events and when it is looked at again. What else a step may touch
// comes with the layers above, each of which knows the one below and no other:
// subject, valueHistory (what was read of the cluster), configuration (what was decided,
// and writing it) and nodeRollout (the nodes).
type subject struct {
	object *v1alpha1.PeeredCluster
	// before is the object as the API server has it.
	before *v1alpha1.PeeredCluster
	// start is the time of this reconciliation.
	start  time.Time
	owner  cilium.Owner
	memory *memory

	status client.SubResourceWriter
	events events.EventRecorder
	clock  clock.PassiveClock
	again  time.Duration
}

// persist writes status now, as the record of what is about to be done.
func (s *subject) persist(ctx context.Context) error {
	if equality.Semantic.DeepEqual(s.before.Status, s.object.Status) {
		return nil
	}
	after := s.object.DeepCopy()
	if err := s.status.Patch(ctx, after, client.MergeFromWithOptions(s.before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("writing status: %w", err)
	}
	s.object.ResourceVersion = after.ResourceVersion
	s.before = after
	return nil
}

// ciliumStatus gives status.cilium to be changed.
func (s *subject) ciliumStatus() *v1alpha1.CiliumStatus {
	if s.object.Status.Cilium == nil {
		s.object.Status.Cilium = &v1alpha1.CiliumStatus{}
	}
	return s.object.Status.Cilium
}

// rolloutStatus gives status.rollout to be changed.
func (s *subject) rolloutStatus() *v1alpha1.RolloutStatus {
	if s.object.Status.Rollout == nil {
		s.object.Status.Rollout = &v1alpha1.RolloutStatus{}
	}
	return s.object.Status.Rollout
}

func (s *subject) stalled() bool {
	return meta.IsStatusConditionTrue(s.object.Status.Conditions, v1alpha1.ConditionStalled)
}

func (s *subject) tell(kind, reason, note string) {
	s.events.Eventf(s.object, nil, kind, reason, "Reconcile", "%s", message.Note(note))
}

// warn makes an event that somebody should look at.
func (s *subject) warn(reason, note string) { s.tell(corev1.EventTypeWarning, reason, note) }
