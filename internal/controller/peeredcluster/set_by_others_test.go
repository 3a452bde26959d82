package peeredcluster

import (
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// notReadyYet: with agents from before, pods don't answer the peer, whatever the ConfigMap says by now.
func (w *world) notReadyYet(agents []string) {
	w.t.Helper()
	object, _ := w.reconcile()
	if w.shared(agents) > 0 && meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
		w.t.Errorf("Ready over %d agents from before the change:%s", w.shared(agents), sentences(object))
	}
}

// TestC7WhatSomebodySetsInHelmHasToReachTheNodesToo: the value covers every peer, but the agents that run were made before it.
func TestC7WhatSomebodySetsInHelmHasToReachTheNodesToo(t *testing.T) {
	for name, set := range map[string][2]string{
		"a value that covers every peer": {cilium.NativeRoutingKey, "10.0.0.0/8"},
		"no masquerading any more":       {"enable-ipv4-masquerade", "false"},
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			foreign := w.foreignNodeConfig("zzz-network-team", "10.11.0.0/16")
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere)
			agents := w.agents()
			w.delete(foreign)
			w.setOption("helm", set[0], set[1])
			w.notReadyYet(agents)
			object := w.ready()
			if w.shared(agents) > 0 || object.Status.Nodes.Current != 3 {
				t.Errorf("%d agents are from before; nodes %+v", w.shared(agents), object.Status.Nodes)
			}
			if configs := w.nodeConfigs(); len(configs) > 0 {
				t.Errorf("written beside it: %v", configs)
			}
			w.deletePeering("eu-us")
			w.ready()
			w.expectUntouched()
		})
	}
}

func TestC7WhatSomebodySetsInTheMiddleOfARolloutHasToReachTheOtherNodesToo(t *testing.T) {
	for name, until := range map[string]func(*world){
		"the canary is in progress": func(w *world) { w.until("cordoned", w.isCordoned) },
		"half way":                  func(w *world) { w.halfWay() },
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", nil)
			agents := w.agents()
			until(w)
			w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8")
			w.notReadyYet(agents)
			object := w.ready()
			if w.shared(agents) > 0 || object.Status.Nodes.Current != 3 || len(w.cordoned()) > 0 {
				t.Errorf("%d agents are from before; nodes %+v, cordoned %v", w.shared(agents), object.Status.Nodes, w.cordoned())
			}
		})
	}
}

// TestC7AWiderValueOfSomebodyElseRenewsNobodyWhoHasEnough: what nodes run covers every peer already.
func TestC7AWiderValueOfSomebodyElseRenewsNobodyWhoHasEnough(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	agents, configs := w.agents(), w.nodeConfigs()
	w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8")
	for range 5 {
		w.reconcile()
		w.clock.advance(w.reconciler.Sweep)
	}
	w.ready()
	if !slices.Equal(agents, w.agents()) {
		t.Error("agents were renewed that had what is needed")
	}
	if len(w.nodeConfigs()) != len(configs) {
		t.Error("what is live was taken away (C2)")
	}
}

// TestStrategyNoneRenewsNoNode: whoever only wants to be told renews nodes as well.
func TestStrategyNoneRenewsNoNode(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Strategy = v1alpha1.CiliumNone })
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonObserveOnly, "and renew the nodes")
	agents := w.agents()
	w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonNodesStale, "spec.cilium.strategy is None")
	w.notReadyYet(agents)
	if !slices.Equal(agents, w.agents()) {
		t.Error("agents were renewed")
	}
	w.expectUntouched()
}

// TestC7ADaemonSetThatIsAwayForAMomentRenewsNobody: helm uninstall and install, or kubectl replace --force.
func TestC7ADaemonSetThatIsAwayForAMomentRenewsNobody(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	before := w.ready()
	agents := w.agents()
	key := client.ObjectKey{Namespace: "kube-system", Name: cilium.DaemonSetName}
	old := &appsv1.DaemonSet{}
	if err := w.kube.Get(t.Context(), key, old); err != nil {
		t.Fatal(err)
	}
	w.delete(old)
	for range 3 {
		w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonCiliumNotFound)
		w.clock.advance(w.reconciler.Sweep)
	}
	records := w.nodesWith(hasRecord)
	again := daemonSetOf("cilium", "cilium-agent", "quay.io/cilium/cilium:v1.18.0")
	w.create(again)
	w.adopt(again)
	for range 5 {
		object, _ := w.reconcile()
		if len(w.cordoned()) > 0 || len(object.Status.Cilium.History) != len(before.Status.Cilium.History) {
			t.Fatalf("cordoned %v; history %+v", w.cordoned(), object.Status.Cilium.History)
		}
		w.clock.advance(w.reconciler.Sweep)
	}
	object := w.ready()
	if !slices.Equal(agents, w.agents()) || object.Status.Nodes.Current != 3 || len(records) != 3 {
		t.Errorf("agents renewed; nodes %+v, records on %v", object.Status.Nodes, records)
	}
}

// TestN5TheCanaryIsOneAlsoWhereAValueWasBefore: one that fails is taken back, though there once was another value.
func TestN5TheCanaryIsOneAlsoWhereAValueWasBefore(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 3, cilium.NativeRoutingKey, "10.11.0.0/16")
	w.peeredCluster(toConfigMap)
	w.peering("eu-us", "10.12.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "or remove it")
	w.refused = "10.8.0.0/13"
	w.setOption("helm", cilium.NativeRoutingKey, "")
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonCanaryFailed, "keeps crashing")
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return w.ciliumConfig() == "" && len(w.cordoned()) == 0 })
}

// TestWhatIsRevertedIsNotNotedAsInForceAgain: the reconciliation that withdraws it saw it before.
func TestWhatIsRevertedIsNotNotedAsInForceAgain(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.deletePeering("eu-us")
	w.until("withdrawn", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) == 0 })
	history := w.ready().Status.Cilium.History
	if len(history) != 3 || history[2].CIDR != "" {
		t.Errorf("history: %+v", history)
	}
}

// TestC7AnAgentMadeWhileTheValueWasLostDoesNotHaveIt: the loss is seen later than the agent is made, and the value is back before anything is decided.
func TestC7AnAgentMadeWhileTheValueWasLostDoesNotHaveIt(t *testing.T) {
	for name, lose := range map[string]func(*world) (giveBack func()){
		"removed in Helm": func(w *world) func() {
			w.setOption("helm", cilium.NativeRoutingKey, "")
			return func() { w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8") }
		},
		"removed while the manager was away": func(w *world) func() {
			w.reconciler.memories.forget("us")
			w.setOption("helm", cilium.NativeRoutingKey, "")
			return func() { w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.WriteTo = v1alpha1.WriteManual })
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManual)
			w.setOption("helm", cilium.NativeRoutingKey, "10.0.0.0/8")
			w.ready()
			w.clock.advance(observedEvery)
			w.ready()
			giveBack := lose(w)
			w.clock.advance(time.Minute)
			doubtful := w.renewAgent("a")
			w.clock.advance(time.Minute)
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManual)
			giveBack()
			w.ready()
			if slices.Contains(w.agents(), doubtful) {
				t.Error("Ready over an agent that was made while the value was lost")
			}
		})
	}
}

// renewAgent restarts the agent of a node, and gives its UID.
func (w *world) renewAgent(node string) string {
	w.t.Helper()
	before := w.agents()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.InNamespace("kube-system")); err != nil {
		w.t.Fatal(err)
	}
	for i := range pods.Items {
		if pods.Items[i].Spec.NodeName == node {
			if err := w.kube.Delete(w.t.Context(), &pods.Items[i], client.GracePeriodSeconds(0)); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.playNodes()
	for _, uid := range w.agents() {
		if !slices.Contains(before, uid) {
			return uid
		}
	}
	w.t.Fatal("no new agent came")
	return ""
}

// TestC7AValueThatWasThereWhenWeCameIsNoLostEvidence: masquerading was off, or a value covered every peer, and then does not any more.
func TestC7AValueThatWasThereWhenWeCameIsNoLostEvidence(t *testing.T) {
	for name, option := range map[string][2]string{"a value": {cilium.NativeRoutingKey, "10.0.0.0/8"}, "no masquerading": {"enable-ipv4-masquerade", "false"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.installs("1.18.0", 3, option[0], option[1])
			agents := w.agents()
			w.peeredCluster(nil)
			w.peering("eu-us", "10.12.0.0/16")
			w.ready()
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonNotRequired)
			if w.shared(agents) != 3 {
				t.Error("agents were renewed for a value that was there before us")
			}
			w.clock.advance(w.reconciler.Sweep)
			w.setOption("helm", option[0], "")
			w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
			if object := w.ready(); object.Status.Nodes.Current != 3 || w.shared(agents) > 0 {
				t.Errorf("nodes %+v", object.Status.Nodes)
			}
		})
	}
}

func hasRecord(node *corev1.Node) bool {
	_, marked := node.Annotations[rollout.Annotation]
	return marked
}

// adopt makes the agents belong to a new DaemonSet of the same selector, as its controller does.
func (w *world) adopt(owner *appsv1.DaemonSet) {
	w.t.Helper()
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.InNamespace(owner.Namespace)); err != nil {
		w.t.Fatal(err)
	}
	for i := range pods.Items {
		pods.Items[i].OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("DaemonSet"))}
		if err := w.kube.Update(w.t.Context(), &pods.Items[i]); err != nil {
			w.t.Fatal(err)
		}
	}
}
