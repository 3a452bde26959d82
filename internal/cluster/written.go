package cluster

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// written is what we wrote and the watches may not show yet. Whoever decided by
// what they show would do it once more, or by a state that is gone; so nobody acts
// before they show it. A watch tells in order: once it shows a write, it shows
// everything from before it too.
type written struct {
	clock clock.PassiveClock

	mu      sync.Mutex
	pending map[writtenObject]write
}

type writtenObject struct {
	gvk schema.GroupVersionKind
	client.ObjectKey
}

type write struct {
	at time.Time
	// version is the object's after the write; empty: it was to go.
	version string
	// uid of what was to go; empty: whatever there was.
	uid types.UID
	// created: until it is shown there is nothing.
	created bool
}

func (w *written) note(gvk schema.GroupVersionKind, key client.ObjectKey, what write) {
	w.mu.Lock()
	defer w.mu.Unlock()
	what.at = w.clock.Now()
	w.pending[writtenObject{gvk, key}] = what
}

// shownBy reports whether the object, nil where there is none, is what it was after
// the write or what it became later.
func (w write) shownBy(object client.Object) bool {
	switch {
	case object == nil:
		return !w.created
	case w.version == "":
		return object.GetDeletionTimestamp() != nil || w.uid != "" && object.GetUID() != w.uid
	default:
		// Versions of one resource are ordered (KEP-5504). Where they are no numbers nothing can be told.
		order, err := resourceversion.CompareResourceVersion(object.GetResourceVersion(), w.version)
		return err != nil || order >= 0
	}
}

// settle drops what the watches show by now, and names a kind that is still behind
// and one that is for too long.
func (w *written) settle(ctx context.Context, watches *watches) (settled bool, stalled *schema.GroupVersionKind, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	settled = true
	for key, what := range w.pending {
		watch, err := watches.get(ctx, key.gvk)
		if err != nil {
			return false, nil, err
		}
		object, err := watch.find(key.ObjectKey)
		switch {
		case err != nil:
			return false, nil, err
		case what.shownBy(object):
			delete(w.pending, key)
		case w.clock.Since(what.at) > longestLag:
			return false, &key.gvk, nil
		default:
			settled = false
		}
	}
	return settled, nil, nil
}

// forget drops the writes of a kind whose watch is reopened: its initial list is
// younger than they are.
func (w *written) forget(gvk schema.GroupVersionKind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.pending {
		if key.gvk == gvk {
			delete(w.pending, key)
		}
	}
}
