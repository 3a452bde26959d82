package vpcpeering

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/test/awssim"
)

func TestWhoseTurnItIsGoesBeforeWhatWaits(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("turns")
	t.Cleanup(queue.ShutDown)
	for n := range 3 {
		queue.Add(reconcile.Request{NamespacedName: requester(n)})
	}
	next := types.NamespacedName{Namespace: "network", Name: "next"}
	yourTurn(t.Context(), turn{Object: next}, queue)
	if first, priority, _ := queue.GetWithPriority(); first.NamespacedName != next || priority != priorityOfOpenRequests {
		t.Errorf("%s comes first, with priority %d", first, priority)
	}
}

// TestAnOpenRequestGoesBeforeWhatWaits: while the accepter's region does not see the connection.
func TestAnOpenRequestGoesBeforeWhatWaits(t *testing.T) {
	w := newSmallWorld(t)
	timing := awssim.Instant()
	timing.KindLag = map[string]awssim.Lag{"vpc-peering-connection": {Remote: awssim.Duration(time.Hour)}}
	w.cloud.SetTiming(timing)
	object := w.peering("eu-us", nil)
	priority := func() int {
		result, err := w.tryReconcile(t.Context(), object)
		if err != nil || result.Priority == nil {
			t.Fatalf("%+v, %v: want a priority, since without one that of before stays", result, err)
		}
		return *result.Priority
	}
	if got := priority(); got != priorityOfOpenRequests {
		t.Errorf("with an open request it has priority %d", got)
	}
	w.cloud.SetTiming(awssim.Instant())
	w.clock.advance(2 * time.Hour)
	w.settle(object)
	if got := priority(); got != 0 {
		t.Errorf("once it is accepted it has priority %d", got)
	}
}
