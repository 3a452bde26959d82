package metrics

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/internal/heartbeat"
)

// visits remembers when each object was last looked at to the end, whatever was found, and when it
// is to be looked at next. What a manager has not looked at yet is due since it acts.
type visits struct {
	clock clock.PassiveClock

	mu    sync.Mutex
	began time.Time
	of    map[types.UID]visit
}

// visit is the last look at an object. A zero due: only a change brings the next.
type visit struct{ at, due time.Time }

func (v *visits) note(object Object, again time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	is := visit{at: v.clock.Now()}
	if again > 0 {
		is.due = is.at.Add(again)
	}
	v.of[object.GetUID()] = is
}

// last is the last look at an object; of one that was never looked at the time is zero, and it is due
// since it exists and this manager acts.
func (v *visits) last(object Object) visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	if is, ok := v.of[object.GetUID()]; ok {
		return is
	}
	due := object.GetCreationTimestamp().Time
	if v.began.After(due) {
		due = v.began
	}
	return visit{due: due}
}

// keepOnly forgets the objects that are gone.
func (v *visits) keepOnly(left map[types.UID]bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.of, func(uid types.UID, _ visit) bool { return !left[uid] })
}

// Began implements heartbeat.Looks.
func (r *Recorder) Began() {
	r.visits.mu.Lock()
	defer r.visits.mu.Unlock()
	r.visits.began = r.visits.clock.Now()
}

// Late implements heartbeat.Looks.
func (r *Recorder) Late(ctx context.Context, by time.Duration) (late []heartbeat.Late, objects int, err error) {
	var found cached
	if err := found.read(ctx, r.reader); err != nil {
		return nil, 0, err
	}
	now := r.visits.clock.Now()
	for _, kind := range Kinds() {
		for _, object := range found.of(kind) {
			objects++
			if is := r.visits.last(object); !is.due.IsZero() && now.Sub(is.due) > by {
				late = append(late, heartbeat.Late{Kind: kind, Namespace: object.GetNamespace(), Name: object.GetName(), Due: is.due})
			}
		}
	}
	slices.SortStableFunc(late, func(a, b heartbeat.Late) int { return a.Due.Compare(b.Due) })
	return late, objects, nil
}
