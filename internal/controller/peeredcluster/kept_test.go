package peeredcluster

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// TestAListHasNoHistory: one that began would have nodes renewed after a migration to Cilium, and CiliumNodes read that were left.
func TestAListHasNoHistory(t *testing.T) {
	for name, before := range map[string]func(*world){
		"while it is needed": func(*world) {},
		"after its withdrawal": func(w *world) {
			w.deletePeering("eu-us")
			w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "" })
			w.peering("eu-us", "10.12.0.0/16")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := awsNodeWorld(t)
			w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() != "" })
			w.rollsOut()
			w.ready()
			before(w)
			if history := w.read().Status.Cilium.History; len(history) > 0 {
				t.Errorf("status has history %v", history)
			}

			// Cilium is installed in its place, by somebody who sets the value that peers need.
			w.delete(w.awsNode())
			w.installs("1.18.0", 2, cilium.NativeRoutingKey, "10.8.0.0/13")
			w.ready()
			if did := w.startedOn(); len(did) > 0 {
				t.Errorf("nodes that have the value since they joined were renewed: %v", did)
			}
		})
	}
}

// TestAListIsWithdrawnAlsoIfTheFirstAttemptFails: that its last VPCPeering is gone is known also after a restart.
func TestAListIsWithdrawnAlsoIfTheFirstAttemptFails(t *testing.T) {
	w := awsNodeWorld(t)
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() != "" })
	w.rollsOut()
	w.ready()
	w.deletePeering("eu-us")
	failing := w.failing("apply", func(string) bool { return true })
	w.look(clusterName)
	if failing.stopped = true; failing.failed == 0 || w.excluded() == "" {
		t.Fatalf("%d attempts failed, and the list is %q", failing.failed, w.excluded())
	}
	w.reconciler.memories = memories{}
	w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "" })
}

// TestOfWhatAnotherPeeredClusterTakesUpTheDeletionWithdrawsNothing: in a new hub that is a restored PeeredCluster (us) as well, crossvpc makes
// PeeredCluster/local, here eu, which has the cluster first.
func TestOfWhatAnotherPeeredClusterTakesUpTheDeletionWithdrawsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		edit      func(*v1alpha1.PeeredClusterSpec)
		us        func(*world)
		withdraws bool
	}{
		"one that is refused":              {toConfigMap, func(w *world) { w.look("us") }, false},
		"one that was not looked at yet":   {nil, func(*world) {}, false},
		"one of another name, not refused": {toConfigMap, func(*world) {}, true},
		"one that has another cluster": {nil, func(w *world) {
			w.becomes("us", func(us *v1alpha1.PeeredCluster) { us.Status.ClusterID = "another" })
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", c.edit)
			w.ready()
			w.reconcile()
			w.renamed("us")
			w.loseHub()
			before := w.wrote()
			w.expectKept(before)
			us := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: "us"}, Spec: *w.read().Spec.DeepCopy()}
			w.create(us)
			c.us(w)
			w.delete(w.read())
			w.finish()
			diff := cmp.Diff(before, w.wrote())
			if (diff != "") != c.withdraws {
				t.Errorf("withdrawn (-before +now):\n%s", diff)
			}
			if c.withdraws {
				return
			}
			for range 3 {
				w.look("us")
			}
			w.becomes("us", func(us *v1alpha1.PeeredCluster) {
				if !meta.IsStatusConditionTrue(us.Status.Conditions, v1alpha1.ConditionReady) || !strings.Contains(sentences(us), "What an earlier PeeredCluster") {
					t.Errorf("us does not take it up:%s", sentences(us))
				}
			})
			if diff := cmp.Diff(before, w.wrote()); diff != "" {
				t.Errorf("(-before +now):\n%s", diff)
			}
		})
	}
}

// TestA9AnObjectOfAFormerNameThatIsStillThereOverridesNothing: agents take the last by name, which is local's.
func TestA9AnObjectOfAFormerNameThatIsStillThereOverridesNothing(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.reconcile()
	w.renamed("local")
	w.loseHub()
	w.reconcile()
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	failing, agents := w.failing("delete", func(name string) bool { return strings.HasPrefix(name, "zz-crossvpc-local-") }), w.agents()
	w.peering("eu-asia", "10.32.0.0/16")
	for range 25 {
		w.look(clusterName)
	}
	if left := w.shared(agents); failing.failed == 0 || left != len(agents) {
		t.Errorf("%d deletions failed, and of %d agents %d are left", failing.failed, len(agents), left)
	}
	failing.stopped = true
	w.ready()
	for _, config := range w.nodeConfigs() {
		if strings.HasPrefix(config.Metadata.Name, "zz-crossvpc-local-") {
			t.Errorf("%s is still there", config.Metadata.Name)
		}
	}
	var pods corev1.PodList
	if err := w.kube.List(t.Context(), &pods, client.InNamespace("kube-system")); err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		node, booted := pods.Items[i].Spec.NodeName, pods.Items[i].Annotations[bootedWith]
		if given := w.given(node); booted != given || given == "10.8.0.0/13" {
			t.Errorf("the agent of %s is taken for current, booted with %q, and would be given %q", node, booted, given)
		}
	}
}

// TestAHistoryThatCannotBeNotedStopsNothing: it is a note for a restore.
func TestAHistoryThatCannotBeNotedStopsNothing(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.reconcile()
	noted := func() string { return w.nodeConfigs()[0].Metadata.Annotations[cilium.AnnotationHistory] }
	want := noted()
	list := cilium.ListOf("CiliumNodeConfig", "v2")
	if err := w.kube.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	annotations := list.Items[0].GetAnnotations()
	annotations[cilium.AnnotationHistory] = "2020-01-01T00:00:00Z none"
	list.Items[0].SetAnnotations(annotations)
	if err := w.kube.Update(t.Context(), &list.Items[0]); err != nil {
		t.Fatal(err)
	}
	failing := w.failing("update", func(name string) bool { return strings.HasPrefix(name, "zz-crossvpc-") })
	for range 3 {
		if object, _ := w.reconcile(); !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
			t.Errorf("it is not Ready:%s", sentences(object))
		}
		w.clock.advance(time.Minute)
	}
	if failing.failed == 0 || noted() == want {
		t.Errorf("%d writes failed, and it says %q", failing.failed, noted())
	}
	failing.stopped = true
	w.until("noted", func(*v1alpha1.PeeredCluster) bool { return noted() == want })
}

// TestANodeThatStaysCordonedMeanwhileIsNamed: nobody else works on it.
func TestANodeThatStaysCordonedMeanwhileIsNamed(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods })
	w.until("a node is in progress", func(*v1alpha1.PeeredCluster) bool { return len(w.cordoned()) == 1 && len(w.nodeConfigs()) > 0 })
	held := w.cordoned()[0]
	w.loseHub()
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonBlocked, "still cordoned: "+held+".", "delete this PeeredCluster, or uncordon")
	w.setCordon(held, false)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonNotRequired)
}
