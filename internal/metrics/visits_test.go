package metrics

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
)

// TestAnObjectIsLateWhenItsTimeIsOver: not one that nothing is due for, nor one that this manager has had no time for.
func TestAnObjectIsLateWhenItsTimeIsOver(t *testing.T) {
	s := newScene(t, peeringOf("looked-at"), peeringOf("paused"), peeringOf("failing"), peeringOf("cut-short"))
	at := clocktesting.NewFakeClock(looked)
	s.recorder.visits.clock = at
	s.recorder.Began()
	look := func(name string, result reconcile.Result, err error) {
		inner := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return result, err })
		request := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "net", Name: name}}
		_, _ = Watched(s.recorder, inner, &v1alpha1.VPCPeering{}).Reconcile(t.Context(), request)
	}
	late := func() []string {
		found, objects, err := s.recorder.Late(t.Context(), heartbeat.Patience)
		if err != nil || objects != 4 {
			t.Fatalf("%d objects, %v", objects, err)
		}
		var names []string
		for _, object := range found {
			names = append(names, object.Name)
		}
		return names
	}
	all := func() {
		look("looked-at", reconcile.Result{RequeueAfter: time.Minute}, nil)
		look("paused", reconcile.Result{}, nil)
		look("failing", reconcile.Result{}, errors.New("no"))
		look("cut-short", reconcile.Result{RequeueAfter: 200 * time.Millisecond}, nil)
	}
	all()
	if got := late(); got != nil {
		t.Errorf("late at the start: %v", got)
	}
	at.Step(10 * time.Minute)
	all()
	if diff := cmp.Diff([]string{"cut-short", "failing"}, late()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	at.Step(10 * time.Minute)
	if diff := cmp.Diff([]string{"cut-short", "failing", "looked-at"}, late()); diff != "" {
		t.Errorf("when nobody looks any more (-want +got):\n%s", diff)
	}
	close(s.elected)
	s.expect(t, []string{"crossvpc_last_reconciliation_timestamp_seconds", "crossvpc_reconciliation_due_timestamp_seconds"}, `
		crossvpc_last_reconciliation_timestamp_seconds{kind="VPCPeering",name="looked-at",namespace="net"} 1.0012e+06
		crossvpc_last_reconciliation_timestamp_seconds{kind="VPCPeering",name="paused",namespace="net"} 1.0012e+06
		crossvpc_reconciliation_due_timestamp_seconds{kind="VPCPeering",name="cut-short",namespace="net"} 1.0006e+06
		crossvpc_reconciliation_due_timestamp_seconds{kind="VPCPeering",name="failing",namespace="net"} 1.0006e+06
		crossvpc_reconciliation_due_timestamp_seconds{kind="VPCPeering",name="looked-at",namespace="net"} 1.00126e+06
	`)
}
