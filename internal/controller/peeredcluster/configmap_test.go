package peeredcluster

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

func toConfigMap(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.WriteTo = v1alpha1.WriteConfigMap }

// incident is the cluster of the incident with three nodes, each with a pod, and its peering.
func incident(t *testing.T, version string, edit func(*v1alpha1.PeeredClusterSpec)) *world {
	t.Helper()
	w := newWorld(t)
	w.installs(version, 3)
	for _, node := range []string{"a", "b", "c"} {
		w.addPod("web-"+node, node)
	}
	w.clock.advance(time.Hour)
	w.peeredCluster(edit)
	w.peering("eu-us", "10.12.0.0/16")
	return w
}

func TestTheConfigMapGetsOneKeyOnceANodeIsEmpty(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() != "" })
	if held := w.cordoned(); len(held) != 1 || len(w.podsOn(held[0])) > 0 {
		t.Errorf("the value is written while %v are cordoned and %v are on the first", held, w.podsOn(held[0]))
	}
	object := w.ready()
	if got := w.ciliumConfig(); got != "10.8.0.0/13" {
		t.Errorf("the option is %q", got)
	}
	if configs := w.nodeConfigs(); len(configs) > 0 {
		t.Errorf("CiliumNodeConfigs beside it: %v", configs)
	}
	status := object.Status.Cilium
	if status.Backend != "ConfigMap" || status.EffectiveSource != "ConfigMap/cilium-config" || object.Status.Nodes.Current != 3 {
		t.Errorf("status: %+v, %+v", status, object.Status.Nodes)
	}
	if status.Canary == nil || status.Canary.State != v1alpha1.CanaryPassed {
		t.Errorf("canary: %+v", status.Canary)
	}
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured, "cannot be held back")
	for _, holder := range w.holders(cilium.ConfigMapName) {
		ours := holder.Manager == "crossvpc/"+installation
		if fields := holder.FieldsV1.GetRawString(); ours != strings.Contains(fields, cilium.NativeRoutingKey) || ours && strings.Count(fields, "f:") != 2 {
			t.Errorf("%s holds %s", holder.Manager, fields)
		}
	}
}

func TestTheConfigMapIsAsBeforeOnceTheLastPeeringIsGone(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.ready()
	agents := w.agents()
	w.deletePeering("eu-us")
	w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() == "" })
	w.ready()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonNotRequired, "What crossvpc had set is withdrawn", "No node is renewed for that")
	for _, holder := range w.holders(cilium.ConfigMapName) {
		if holder.Manager == "crossvpc/"+installation {
			t.Errorf("we still hold %s", holder.FieldsV1.GetRawString())
		}
	}
	if !slices.Equal(agents, w.agents()) {
		t.Error("agents were renewed for a value that is taken back")
	}
}

func TestWhoTakesTheOptionBackIsNamedAndNotFought(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.ready()
	w.setOption("argocd-controller", cilium.NativeRoutingKey, "10.11.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "Field manager argocd-controller reverted", "ipv4NativeRoutingCIDR=10.8.0.0/13")
	w.setOption("argocd-controller", cilium.NativeRoutingKey, "")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "helm")
	if !w.events.has("Warning RevertedByAnother Field manager argocd-controller reverted") {
		t.Error("no event tells of it")
	}
	for range 5 {
		w.reconcile()
		w.clock.advance(time.Hour)
	}
	if got := w.ciliumConfig(); got != "" {
		t.Errorf("it was written again: %s", got)
	}
	if held := w.cordoned(); len(held) > 0 {
		t.Errorf("nodes are worked on without a value: %v", held)
	}

	// Cured: Argo CD ignores the key, and the owner of the cluster says to try again.
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.MaxUnavailable = 2 })
	w.ready()
	if got := w.ciliumConfig(); got != "10.8.0.0/13" {
		t.Errorf("the option is %q", got)
	}
}

func TestWhoeverRemovesTheOptionIsNotFoughtEither(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() != "" })
	w.reconcile()
	w.setOption("kubectl-replace", cilium.NativeRoutingKey, "")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "Somebody (the object is written by helm) reverted")
	w.until("nodes given back", func(*v1alpha1.PeeredCluster) bool { return len(w.cordoned()) == 0 })
	if got := w.ciliumConfig(); got != "" {
		t.Errorf("it was written again: %s", got)
	}
}

func TestAnOptionThatHelmHoldsIsNotOverruled(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.setOption("helm", cilium.NativeRoutingKey, "10.11.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "helm sets", "Helm: ipv4NativeRoutingCIDR=10.8.0.0/13")
	w.reconcile()
	if got := w.ciliumConfig(); got != "10.11.0.0/16" {
		t.Errorf("the option is %q", got)
	}

	// Cured in Helm; the nodes are then to be renewed for it.
	agents := w.agents()
	w.setOption("helm", cilium.NativeRoutingKey, "10.8.0.0/13")
	object := w.ready()
	if w.shared(agents) > 0 || object.Status.Nodes.Current != 3 {
		t.Errorf("%d agents are from before the value; nodes %+v", w.shared(agents), object.Status.Nodes)
	}
}

func TestACanaryThatFailsTakesTheOptionOutOfTheConfigMap(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.refused = "10.8.0.0/13"
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonCanaryFailed, "keeps crashing")
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() == "" && len(w.cordoned()) == 0 })
	if condition := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionStalled); condition == nil {
		t.Errorf("not stalled:%s", sentences(object))
	}
	for range 3 {
		w.reconcile()
		w.clock.advance(time.Hour)
	}
	if got := w.ciliumConfig(); got != "" {
		t.Errorf("it was written again: %s", got)
	}
}

func TestACanaryThatFailsOnAWiderValueBringsTheNarrowerBack(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.ready()
	w.refused = "10.0.0.0/11"
	w.peering("eu-ap", "10.20.0.0/16")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonCanaryFailed, "keeps crashing")
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() == "10.8.0.0/13" && len(w.cordoned()) == 0 })

	// Fixed: somebody corrects what the agents crash on, and asks for another attempt.
	w.refused = ""
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.MaxUnavailable = 2 })
	w.ready()
	if got := w.ciliumConfig(); got != "10.0.0.0/11" {
		t.Errorf("the option is %q", got)
	}
}

func TestChangingWriteToMovesTheValueWithoutAGap(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.edit(toConfigMap)
	w.until("moved", func(*v1alpha1.PeeredCluster) bool {
		if w.ciliumConfig() == "" && len(w.nodeConfigs()) == 0 {
			t.Fatal("neither has the value")
		}
		return len(w.nodeConfigs()) == 0
	})
	w.ready()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.WriteTo = v1alpha1.WriteCiliumNodeConfig })
	w.until("moved back", func(*v1alpha1.PeeredCluster) bool {
		if w.ciliumConfig() == "" && len(w.nodeConfigs()) == 0 {
			t.Fatal("neither has the value")
		}
		return w.ciliumConfig() == ""
	})
	w.ready()
}

func TestAPersonIsToldWhatToSetAndNodesFollow(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.WriteTo = v1alpha1.WriteManual })
	agents := w.agents()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManual, "Set ipv4-native-routing-cidr to 10.8.0.0/13", "Helm: ipv4NativeRoutingCIDR=10.8.0.0/13")
	for range 3 {
		w.reconcile()
		w.clock.advance(time.Hour)
	}
	if w.shared(agents) != 3 || w.ciliumConfig() != "" || len(w.nodeConfigs()) > 0 {
		t.Error("something was done before the person did their part")
	}
	w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8")
	object := w.ready()
	if w.shared(agents) > 0 || object.Status.Nodes.Current != 3 {
		t.Errorf("%d agents are from before the value; nodes %+v", w.shared(agents), object.Status.Nodes)
	}
	if object.Status.Cilium.EffectiveCIDR != "10.0.0.0/8" || object.Status.Cilium.DesiredCIDR != "10.0.0.0/8" {
		t.Errorf("status: %+v", object.Status.Cilium)
	}
}

func TestAValueThatWasThereBeforeUsTouchesNoNode(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 2, cilium.NativeRoutingKey, "10.0.0.0/8")
	agents := w.agents()
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.WriteTo = v1alpha1.WriteManual })
	w.peering("eu-us", "10.12.0.0/16")
	w.ready()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonNotRequired, "ConfigMap/cilium-config sets")
	if w.shared(agents) != 2 {
		t.Error("agents were renewed")
	}
}

// cordoned names the nodes that are.
func (w *world) cordoned() []string {
	w.t.Helper()
	return w.nodesWith(func(node *corev1.Node) bool { return node.Spec.Unschedulable })
}

// podsOn names the workloads' pods on a node.
func (w *world) podsOn(node string) []string {
	w.t.Helper()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.InNamespace("default")); err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for i := range pods.Items {
		if pods.Items[i].Spec.NodeName == node {
			names = append(names, pods.Items[i].Name)
		}
	}
	return names
}

// agents are the UIDs of the agents' pods.
func (w *world) agents() []string {
	w.t.Helper()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.InNamespace("kube-system")); err != nil {
		w.t.Fatal(err)
	}
	var uids []string
	for i := range pods.Items {
		uids = append(uids, string(pods.Items[i].UID))
	}
	slices.Sort(uids)
	return uids
}

// shared counts the agents that were there before.
func (w *world) shared(before []string) int {
	count := 0
	for _, uid := range w.agents() {
		if slices.Contains(before, uid) {
			count++
		}
	}
	return count
}

func (w *world) deletePeering(name string) {
	w.t.Helper()
	object := &v1alpha1.VPCPeering{}
	object.Namespace, object.Name = "default", name
	if err := w.kube.Delete(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// TestAStaticPodUnderAnAgentThatRestartedByItselfIsNamed: with the ConfigMap every agent that starts reads the value, and nobody asks
// what is above it.
func TestAStaticPodUnderAnAgentThatRestartedByItselfIsNamed(t *testing.T) {
	w := incident(t, "1.18.0", toConfigMap)
	w.delete(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-c"}})
	w.runPod(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: "proxy-c", Annotations: map[string]string{corev1.MirrorPodAnnotationKey: "x"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "c", UID: "c", Controller: new(true)}},
		},
		Spec: corev1.PodSpec{NodeName: "c", Containers: []corev1.Container{{Name: "main", Image: "proxy"}}},
	}, "main")
	w.clock.advance(time.Minute)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonBlocked, "The only remaining node is blocked: c (StaticPod)")
	w.clock.advance(time.Minute)
	w.renewAgent("c")
	w.clock.advance(time.Minute)
	object := w.ready()
	if object.Status.Nodes.Current != 3 {
		t.Errorf("the static pod is counted against the value: %+v", object.Status.Nodes)
	}
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonUpToDate, "Static pods are not counted", "default/proxy-c on node c")
}
