package metrics

import (
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// successes remembers when each object was last looked at to the end and found Ready. No
// status says so: a time that changes at each look would write to the API server forever.
type successes struct {
	clock clock.PassiveClock

	mu sync.Mutex
	at map[types.UID]time.Time
}

func (s *successes) note(object Object) {
	if StateOf(object) != Ready {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at[object.GetUID()] = s.clock.Now()
}

// last is when an object was last found Ready. Before the first look of this process it is
// when Ready last changed: since then it is Ready, or was until then.
func (s *successes) last(object Object) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[object.GetUID()]; ok {
		return at
	}
	if ready := meta.FindStatusCondition(*object.StatusConditions(), v1alpha1.ConditionReady); ready != nil {
		return ready.LastTransitionTime.Time
	}
	return object.GetCreationTimestamp().Time
}

// keepOnly forgets the objects that are gone.
func (s *successes) keepOnly(left map[types.UID]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.at, func(uid types.UID, _ time.Time) bool { return !left[uid] })
}
