package peeredcluster

import (
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestAClusterIsAsItWasBeforeItsObjectGoes(t *testing.T) {
	for name, edit := range map[string]func(*v1alpha1.PeeredClusterSpec){
		"CiliumNodeConfig": withGroups,
		"ConfigMap":        toConfigMap,
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", edit)
			w.until("a node is in hand", func(object *v1alpha1.PeeredCluster) bool {
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
	for range mostPasses {
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
