package peeredcluster

import (
	"slices"
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
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

// loseHub takes the PeeredCluster and its VPCPeerings away without anything being withdrawn, and makes the PeeredCluster again: with
// another UID and without a status, for a manager that remembers nothing.
func (w *world) loseHub() {
	w.t.Helper()
	lost := w.read()
	var peerings v1alpha1.VPCPeeringList
	if err := w.kube.List(w.t.Context(), &peerings); err != nil {
		w.t.Fatal(err)
	}
	for i := range peerings.Items {
		w.delete(&peerings.Items[i])
	}
	w.clock.advance(time.Hour)
	restored := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: lost.Name}, Spec: *lost.Spec.DeepCopy()}
	if object.Held(lost) {
		lost.Finalizers = nil
		if err := w.kube.Update(w.t.Context(), lost); err != nil {
			w.t.Fatal(err)
		}
	}
	w.delete(lost)
	w.reconciler.Connector.Forget(clusterName)
	w.reconciler.memories, w.reconciler.claimants = memories{}, claimants{}
	w.create(restored)
}

// wrote is all that a restored PeeredCluster must leave as it is.
type wrote struct {
	Configs               map[string]string
	Groups                map[string][]string
	Option                string
	Agents, Cordoned, Did []string
}

func (w *world) wrote() wrote {
	w.t.Helper()
	found := wrote{Configs: map[string]string{}, Groups: w.groups(), Agents: w.agents(), Cordoned: w.cordoned(), Did: w.startedOn()}
	option := &corev1.ConfigMap{}
	key := client.ObjectKey{Namespace: "kube-system", Name: cilium.ConfigMapName}
	if err := client.IgnoreNotFound(w.kube.Get(w.t.Context(), key, option)); err != nil {
		w.t.Fatal(err)
	}
	found.Option = option.Data[cilium.NativeRoutingKey]
	list := cilium.ListOf("CiliumNodeConfig", "v2")
	if err := w.kube.List(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
	for i := range list.Items {
		found.Configs[list.Items[i].GetName()] = list.Items[i].GetResourceVersion()
	}
	return found
}

// expectKept reconciles the restored PeeredCluster for a while, as before its VPCPeerings are back.
func (w *world) expectKept(before wrote) {
	w.t.Helper()
	for range 5 {
		object, _ := w.reconcile()
		if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
			w.t.Errorf("it is not Ready, so what waits for it to be is never applied:%s", sentences(object))
		}
		w.clock.advance(w.reconciler.Sweep)
	}
	if diff := cmp.Diff(before, w.wrote()); diff != "" {
		w.t.Errorf("before its VPCPeerings are back (-before +now):\n%s", diff)
	}
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonNotRequired, "What an earlier PeeredCluster of this installation set in the cluster", "delete this PeeredCluster")
}

func TestWhatAnEarlierPeeredClusterSetStaysUntilItsPeeringsAreBack(t *testing.T) {
	for name, edit := range map[string]func(*v1alpha1.PeeredClusterSpec){"CiliumNodeConfig": withGroups, "ConfigMap": toConfigMap} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", edit)
			w.ready()
			w.reconcile()
			before := w.wrote()
			w.loseHub()
			w.expectKept(before)

			w.peering("eu-us", "10.12.0.0/16")
			w.ready()
			after := w.wrote()
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("when they are back (-before +now):\n%s", diff)
			}

			w.deletePeering("eu-us")
			w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) == 0 && w.ciliumConfig() == "" })
			w.until("without groups", func(*v1alpha1.PeeredCluster) bool { return len(w.groups()) == 0 })
			w.delete(w.read())
			w.finish()
		})
	}
}

func TestOfARestoredPeeredClusterTheDeletionWithdraws(t *testing.T) {
	for name, edit := range map[string]func(*v1alpha1.PeeredClusterSpec){"CiliumNodeConfig": withGroups, "ConfigMap": toConfigMap} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", edit)
			w.ready()
			w.loseHub()
			w.expectKept(w.wrote())
			w.delete(w.read())
			w.finish()
			if len(w.nodeConfigs()) > 0 || w.ciliumConfig() != "" || len(w.groups()) > 0 || len(w.touched()) > 0 {
				t.Errorf("left: %v, %q, %v, marked %v", w.nodeConfigs(), w.ciliumConfig(), w.groups(), w.touched())
			}
		})
	}
}

// TestANodeThatJoinedIsCurrentAfterARestore: no record on it says so, as it was never worked on.
func TestANodeThatJoinedIsCurrentAfterARestore(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.clock.advance(time.Hour)
	w.addNode("joined")
	w.ready()
	before := w.wrote()
	w.loseHub()
	w.reconcile()
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	if diff := cmp.Diff(before, w.wrote()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}
}

func TestARolloutThatWasHalfDoneGoesOnAfterARestore(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRecyclePods })
	w.halfWay()
	w.reconcile()
	agents := w.agents()
	w.loseHub()
	w.reconcile()
	if kept := w.shared(agents); kept != len(agents) {
		t.Errorf("of %d agents %d are left", len(agents), kept)
	}
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	for _, node := range []string{"a", "b", "c"} {
		if again := slices.DeleteFunc(w.startedOn(), func(started string) bool { return started != node }); len(again) != 1 {
			t.Errorf("node %s was started on %d times", node, len(again))
		}
	}
}

// renamed has the CiliumNodeConfigs be those of a PeeredCluster of another name, as of local before a move of the hub.
func (w *world) renamed(name string) {
	w.t.Helper()
	list := cilium.ListOf("CiliumNodeConfig", "v2")
	if err := w.kube.List(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
	for i := range list.Items {
		item := &list.Items[i]
		former := item.DeepCopy()
		former.SetName(strings.Replace(item.GetName(), "-"+clusterName+"-", "-"+name+"-", 1))
		former.SetResourceVersion("")
		annotations := former.GetAnnotations()
		annotations[cilium.AnnotationPeeredCluster] = name
		former.SetAnnotations(annotations)
		w.create(former)
		w.delete(item)
	}
}

func TestWhatWasSetUnderAnotherNameIsTakenUp(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.reconcile()
	w.renamed("local")
	before := w.wrote()
	w.loseHub()
	w.expectKept(before)
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	if diff := cmp.Diff(before, w.wrote()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}

	// A wider value is written under the new name, and the former object goes.
	w.peering("eu-asia", "10.32.0.0/16")
	w.until("wider", func(*v1alpha1.PeeredCluster) bool {
		configs := w.nodeConfigs()
		return len(configs) == 1 && strings.HasPrefix(configs[0].Metadata.Name, "zz-crossvpc-"+clusterName+"-")
	})
	w.ready()
}

// TestC4WhatAnotherInstallationSetIsNotTakenUp: the id decides, whatever the name.
func TestC4WhatAnotherInstallationSetIsNotTakenUp(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.loseHub()
	w.reconciler.InstallationID = "another"
	before := w.wrote()
	found, _ := w.reconcile()
	if object.Held(found) || strings.Contains(sentences(found), "What an earlier PeeredCluster") {
		t.Errorf("it is taken for an earlier one of this installation: %v%s", found.Finalizers, sentences(found))
	}
	w.delete(found)
	if object.Held(found) {
		w.finish()
	}
	if diff := cmp.Diff(before, w.wrote()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}
}

func TestAListStaysUntilItsPeeringsAreBack(t *testing.T) {
	for name, scene := range map[string]struct {
		world func(*testing.T) *world
		list  func(*world) string
	}{
		"aws-node":      {awsNodeWorld, (*world).excluded},
		"ip-masq-agent": {masqWorld, (*world).masq},
	} {
		t.Run(name, func(t *testing.T) {
			w := scene.world(t)
			without := scene.list(w)
			w.until("written", func(*v1alpha1.PeeredCluster) bool { return scene.list(w) != without })
			if name == "aws-node" {
				w.rollsOut()
			}
			w.reconcile()
			list := scene.list(w)
			w.loseHub()
			w.expectKept(w.wrote())
			if now := scene.list(w); now != list {
				t.Errorf("the list was %q and is %q", list, now)
			}
			w.peering("eu-us", "10.12.0.0/16")
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
			if now := scene.list(w); now != list {
				t.Errorf("the list was %q and is %q with its VPCPeering", list, now)
			}
			w.deletePeering("eu-us")
			w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return scene.list(w) == without })
		})
	}
}

// TestAnUpgradeWritesNoHistory: an object that an earlier version wrote has none until something else calls for a write.
func TestAnUpgradeWritesNoHistory(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.reconcile()
	list := cilium.ListOf("CiliumNodeConfig", "v2")
	if err := w.kube.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	config := &list.Items[0]
	annotations := config.GetAnnotations()
	if want := readHistory(w.read().Status.Cilium.History).String(); annotations[cilium.AnnotationHistory] != want || !strings.HasSuffix(want, " 10.8.0.0/13") {
		t.Errorf("the object says %q, and status %q", annotations[cilium.AnnotationHistory], want)
	}
	delete(annotations, cilium.AnnotationHistory)
	config.SetAnnotations(annotations)
	if err := w.kube.Update(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	before := w.wrote()
	for range 3 {
		w.clock.advance(w.reconciler.Sweep)
		w.reconcile()
	}
	if diff := cmp.Diff(before, w.wrote()); diff != "" {
		t.Errorf("(-before +now):\n%s", diff)
	}
}

// TestAGroupStaysUntilItsOwnPeeringIsBack: VPCPeerings do not come back at once, and policies may name the groups of each.
func TestAGroupStaysUntilItsOwnPeeringIsBack(t *testing.T) {
	w := incident(t, "1.18.0", withGroups)
	w.peering("eu-ap", "10.9.0.0/16")
	w.ready()
	before := w.groups()
	w.loseHub()
	w.reconcile()
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	if diff := cmp.Diff(before, w.groups()); diff != "" || len(before) != 2 {
		t.Errorf("with one of two VPCPeerings back (-before +now):\n%s", diff)
	}
	w.peering("eu-ap", "10.9.0.0/16")
	w.ready()
	w.deletePeering("eu-ap")
	w.until("one group", func(*v1alpha1.PeeredCluster) bool { return len(w.groups()) == 1 })
}

// TestAHistoryThatNobodyOfOursWroteIsNotBelieved: nodes then are not known to have the value, and none is touched.
func TestAHistoryThatNobodyOfOursWroteIsNotBelieved(t *testing.T) {
	for name, text := range map[string]string{
		"of another value": "2020-01-01T00:00:00Z none, 2020-01-02T00:00:00Z 10.0.0.0/9", "garbage": strings.Repeat("x", 1<<16), "gone": "",
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			w.ready()
			w.clock.advance(time.Hour)
			w.addNode("joined")
			w.ready()
			list := cilium.ListOf("CiliumNodeConfig", "v2")
			if err := w.kube.List(t.Context(), list); err != nil {
				t.Fatal(err)
			}
			annotations := list.Items[0].GetAnnotations()
			annotations[cilium.AnnotationHistory] = text
			list.Items[0].SetAnnotations(annotations)
			if err := w.kube.Update(t.Context(), &list.Items[0]); err != nil {
				t.Fatal(err)
			}
			before := w.wrote()
			w.loseHub()
			w.reconcile()
			w.peering("eu-us", "10.12.0.0/16")
			w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonEvidenceLost)
			if after := w.wrote(); !slices.Equal(before.Agents, after.Agents) || !slices.Equal(before.Did, after.Did) {
				t.Errorf("nodes were worked on: before %v, now %v", before.Did, after.Did)
			}
		})
	}
}
