package peeredcluster

import (
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// foreignNodeConfig is somebody else's CiliumNodeConfig for every node.
func (w *world) foreignNodeConfig(name, value string) *unstructured.Unstructured {
	w.t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"nodeSelector": map[string]any{}, "defaults": map[string]any{cilium.NativeRoutingKey: value},
	}}}
	object.SetGroupVersionKind(cilium.KindOf("CiliumNodeConfig", "v2"))
	object.SetNamespace("kube-system")
	object.SetName(name)
	w.create(object)
	return object
}

func (w *world) delete(object client.Object) {
	w.t.Helper()
	if err := w.kube.Delete(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// halfWay runs until the value is released and one node is renewed while others are not.
func (w *world) halfWay() *v1alpha1.PeeredCluster {
	w.t.Helper()
	return w.until("half way", func(object *v1alpha1.PeeredCluster) bool {
		nodes := object.Status.Nodes
		return nodes != nil && nodes.Current >= 1 && nodes.Stale >= 1 && object.Status.Cilium.EffectiveCIDR != ""
	})
}

func TestAnothersNodeConfigThatWinsIsNamedAndLeftAlone(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	foreign := w.foreignNodeConfig("zzz-network-team", "10.11.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "CiliumNodeConfig/zzz-network-team sets", "Set it to 10.8.0.0/13 there, or remove it")
	if configs := w.nodeConfigs(); len(configs) != 1 || len(w.cordoned()) > 0 {
		t.Errorf("written beside it: %v; cordoned %v", configs, w.cordoned())
	}
	w.delete(foreign)
	w.ready()
}

func TestAnothersNodeConfigInTheMiddleOfARolloutStopsIt(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.halfWay()
	foreign := w.foreignNodeConfig("zzz-network-team", "10.11.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "zzz-network-team")
	agents := w.agents()
	for range 3 {
		w.reconcile()
		w.clock.advance(time.Hour)
	}
	if w.shared(agents) < 2 || len(w.nodeConfigs()) != 2 {
		t.Errorf("%d agents are left; CiliumNodeConfigs %v", w.shared(agents), w.nodeConfigs())
	}
	w.delete(foreign)
	w.ready()
}

func TestOursDeletedByHandComesBack(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.clock.advance(time.Minute)
	w.ready()
	agents := w.agents()
	for _, config := range w.nodeConfigs() {
		object, err := config.Unstructured("v2")
		if err != nil {
			t.Fatal(err)
		}
		w.delete(object)
	}
	w.until("back", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) == 1 })
	w.ready()
	if w.shared(agents) != 3 {
		t.Error("nodes that run the value were renewed (C7)")
	}
}

func TestOursEditedByHandIsPutRight(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.clock.advance(time.Minute)
	w.ready()
	agents := w.agents()
	object, err := w.nodeConfigs()[0].Unstructured("v2")
	if err != nil {
		t.Fatal(err)
	}
	if err := unstructured.SetNestedField(object.Object, "10.11.0.0/16", "spec", "defaults", cilium.NativeRoutingKey); err != nil {
		t.Fatal(err)
	}
	patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"defaults":{"ipv4-native-routing-cidr":"10.11.0.0/16"}}}`))
	if err := w.kube.Patch(t.Context(), object, patch); err != nil {
		t.Fatal(err)
	}
	w.until("put right", func(*v1alpha1.PeeredCluster) bool {
		return w.nodeConfigs()[0].Spec.Defaults[cilium.NativeRoutingKey] == "10.8.0.0/13"
	})
	w.ready()
	if w.shared(agents) != 3 {
		t.Error("nodes that run the value were renewed (C7)")
	}
}

func TestAClusterInTwoVPCsIsRefusedByName(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	stranger := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"eni": map[string]any{"vpc-id": "vpc-0000000000000000f"}}}}
	stranger.SetGroupVersionKind(cilium.KindOf("CiliumNode", "v2"))
	stranger.SetName("stranger")
	w.create(stranger)
	w.reason(v1alpha1.ConditionReachable, v1alpha1.ReasonSeveralVPCs, "vpc-0000000000000000f (stranger)")
	if len(w.nodeConfigs()) > 0 || len(w.cordoned()) > 0 {
		t.Error("something was done to it")
	}
	w.delete(stranger)
	w.ready()
}

func TestABlockAddedDuringTheRolloutIsRolledOutToo(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.halfWay()
	peering := &v1alpha1.VPCPeering{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "eu-us"}, peering); err != nil {
		t.Fatal(err)
	}
	peering.Status.Accepter.CIDRBlocks = append(peering.Status.Accepter.CIDRBlocks, "10.20.0.0/16")
	if err := w.kube.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	w.until("the wider value", func(object *v1alpha1.PeeredCluster) bool { return object.Status.Cilium.DesiredCIDR == "10.0.0.0/11" })
	object := w.ready()
	if object.Status.Cilium.EffectiveCIDR != "10.0.0.0/11" || object.Status.Nodes.Current != 3 {
		t.Errorf("%+v, %+v", object.Status.Cilium, object.Status.Nodes)
	}
	for _, node := range []string{"a", "b", "c"} {
		if got := w.given(node); got != "10.0.0.0/11" {
			t.Errorf("node %s gets %s", node, got)
		}
	}
}

func TestCiliumUpgradedInTheMiddleOfTheRollout(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.halfWay()
	w.upgrade("1.20.2")
	object := w.ready()
	if object.Status.Cilium.Version != "1.20.2" || object.Status.Nodes.Current != 3 {
		t.Errorf("%+v, %+v", object.Status.Cilium, object.Status.Nodes)
	}
}

// upgrade changes the DaemonSet and, as its rolling update does, recreates every agent.
func (w *world) upgrade(version string) {
	w.t.Helper()
	daemonSet := &appsv1.DaemonSet{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: cilium.DaemonSetName}, daemonSet); err != nil {
		w.t.Fatal(err)
	}
	spec := &daemonSet.Spec.Template.Spec
	spec.Containers[0].Image, spec.InitContainers[0].Image = "quay.io/cilium/cilium:v"+version, "quay.io/cilium/cilium:v"+version
	if err := w.kube.Update(w.t.Context(), daemonSet); err != nil {
		w.t.Fatal(err)
	}
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.InNamespace("kube-system"), client.MatchingLabels{"k8s-app": "cilium"}); err != nil {
		w.t.Fatal(err)
	}
	for i := range pods.Items {
		if err := w.kube.Delete(w.t.Context(), &pods.Items[i], client.GracePeriodSeconds(0)); err != nil {
			w.t.Fatal(err)
		}
	}
	w.playNodes()
}
