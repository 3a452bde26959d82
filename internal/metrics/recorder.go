package metrics

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// cutShort is when a reconciliation that did not get to its end comes again, at most:
// somebody wrote first, or the cache does not show our own writes yet.
const cutShort = time.Second

// Recorder is what controllers tell of what no status has. A nil one keeps nothing.
type Recorder struct {
	reader    client.Reader
	successes *successes
	visits    *visits
	drift     *drift
}

// Watched is a reconciler that is noted to have looked at an object, and to have found it Ready. The object says
// which kind it is for.
func Watched(r *Recorder, inner reconcile.Reconciler, kind Object) reconcile.Reconciler {
	if r == nil {
		return inner
	}
	return reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		result, err := inner.Reconcile(ctx, request)
		if err == nil && (result.RequeueAfter == 0 || result.RequeueAfter > cutShort) {
			r.looked(ctx, request.NamespacedName, emptyLike(kind), result.RequeueAfter)
		}
		return result, err
	})
}

// looked notes that a reconciliation of an object got to its end. One that is gone is forgotten by who collects.
func (r *Recorder) looked(ctx context.Context, name types.NamespacedName, object Object, again time.Duration) {
	if err := r.reader.Get(ctx, name, object); err != nil {
		return
	}
	r.visits.note(object, again)
	r.successes.note(object)
}

// Repaired counts the writes of a step, named by its condition, that was True before.
func (r *Recorder) Repaired(condition string, writes int) {
	if r != nil {
		r.drift.repaired(condition, writes)
	}
}
