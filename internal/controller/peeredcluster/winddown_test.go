package peeredcluster

import (
	"context"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

func TestAClusterIsAsItWasBeforeItsObjectGoes(t *testing.T) {
	for name, edit := range map[string]func(*v1alpha1.PeeredClusterSpec){
		"CiliumNodeConfig": withGroups,
		"ConfigMap":        toConfigMap,
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", edit)
			w.until("a node is in progress", func(object *v1alpha1.PeeredCluster) bool {
				return len(w.cordoned()) > 0 && object.Status.Cilium.EffectiveCIDR == "10.8.0.0/13"
			})
			w.deletePeering("eu-us")
			w.delete(w.read())
			w.finish()
			if len(w.nodeConfigs()) > 0 || w.ciliumConfig() != "" || len(w.groups()) > 0 || len(w.cordoned()) > 0 {
				t.Errorf("left: %v, %q, %v, cordoned %v", w.nodeConfigs(), w.ciliumConfig(), w.groups(), w.cordoned())
			}
		})
	}
}

// finish reconciles until the object is gone.
func (w *world) finish() {
	w.t.Helper()
	key := client.ObjectKey{Name: clusterName}
	for range mostReconciliations {
		result, err := w.reconciler.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: key})
		if err != nil {
			w.t.Fatal(err)
		}
		w.playNodes()
		object := &v1alpha1.PeeredCluster{}
		if err := w.kube.Get(w.t.Context(), key, object); apierrors.IsNotFound(err) {
			return
		}
		w.clock.advance(max(result.RequeueAfter, time.Second))
	}
	w.t.Fatalf("still there:%s", sentences(w.read()))
}

// TestN7NodesInProgressAreUncordonedAlsoWhereTheConfigurationStays: what is left as orphans keeps the value, but no node stays cordoned.
func TestN7NodesInProgressAreUncordonedAlsoWhereTheConfigurationStays(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.until("a node is in progress", func(object *v1alpha1.PeeredCluster) bool {
		return len(w.cordoned()) > 0 && object.Status.Cilium.EffectiveCIDR == "10.8.0.0/13"
	})
	object, inHand := w.read(), w.startedOn()
	object.Status.Peerings[0].Orphaned = true
	if err := w.kube.Status().Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.deletePeering("eu-us")
	w.delete(w.read())
	w.finish()
	if held := w.cordoned(); len(held) > 0 {
		t.Errorf("cordoned for ever: %v", held)
	}
	if len(w.nodeConfigs()) == 0 {
		t.Error("the configuration of orphans was taken back")
	}
	if started := w.startedOn(); len(started) != len(inHand) {
		t.Errorf("started on %v though only %v were in progress", started, inHand)
	}
}

// silent is a way to a cluster that does not answer.
type silent struct{ Connector }

func (silent) Connect(context.Context, *v1alpha1.PeeredCluster) (*cluster.Connection, error) {
	return nil, &cluster.Error{Reason: v1alpha1.ReasonClusterUnreachable, Message: "the API server does not answer", Passing: true}
}

func TestAClusterThatDoesNotAnswerIsWaitedForBeforeItsObjectGoes(t *testing.T) {
	for name, comesBack := range map[string]bool{"it comes back": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			w.ready()
			w.deletePeering("eu-us")
			w.delete(w.read())
			w.clock.advance(time.Hour) // ahead of the API server's clock, which stamps deletions
			answering := w.reconciler.Connector
			w.reconciler.Connector = silent{answering}
			for range 3 {
				w.reason(v1alpha1.ConditionReady, v1alpha1.ReasonDeleting, "the API server does not answer", "crossvpc waits until", v1alpha1.AnnotationForceFinalize)
				w.clock.advance(time.Minute)
			}
			if comesBack {
				w.reconciler.Connector = answering
			}
			w.finish()
			w.reconciler.Connector = answering
			if told := w.events.has("may still be there"); told == comesBack || len(w.nodeConfigs()) == 0 != comesBack {
				t.Errorf("told that something is left: %t; left: %v", told, w.nodeConfigs())
			}
		})
	}
}
