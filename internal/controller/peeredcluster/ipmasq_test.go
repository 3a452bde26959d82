package peeredcluster

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

const masqConfig = "masqLinkLocal: true\nnonMasqueradeCIDRs:\n- 10.30.0.0/16\n"

// masqWorld has Cilium 1.19 with BPF masquerading and the ip-masq-agent, and a pod on node a.
func masqWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.installs("1.19.1", 2, "enable-bpf-masquerade", "true", "enable-ip-masq-agent", "true")
	w.writeMasq("helm", masqConfig)
	w.addPod("web", "a")
	w.clock.advance(time.Hour)
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Strategy = v1alpha1.CiliumIPMasqAgent })
	w.peering("eu-us", "10.12.0.0/16")
	return w
}

func (w *world) masq() string {
	w.t.Helper()
	found := &corev1.ConfigMap{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: cilium.IPMasqConfigMapName}, found); err != nil {
		w.t.Fatal(err)
	}
	return found.Data[cilium.IPMasqKey]
}

// writeMasq has somebody write the list as they have it.
func (w *world) writeMasq(who, text string) {
	w.t.Helper()
	configMap := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: cilium.IPMasqConfigMapName},
		Data:       map[string]string{cilium.IPMasqKey: text},
	}
	err := w.kube.Create(w.t.Context(), configMap, client.FieldOwner(who))
	if err != nil {
		patch := client.MergeFrom(&corev1.ConfigMap{ObjectMeta: configMap.ObjectMeta, Data: map[string]string{cilium.IPMasqKey: "?"}})
		err = w.kube.Patch(w.t.Context(), configMap, patch, client.FieldOwner(who))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestTheListOfTheIPMasqAgentKeepsWhatOthersPutThere(t *testing.T) {
	w := masqWorld(t)
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured, "All nodes read it at once")
	want := "masqLinkLocal: true\nnonMasqueradeCIDRs:\n- 10.30.0.0/16\n- 10.11.0.0/16\n- 10.12.0.0/16\n"
	if got := w.masq(); got != want {
		t.Errorf("the list is %q", got)
	}
	if len(w.nodeConfigs()) > 0 || w.ciliumConfig() != "" {
		t.Error("the native routing CIDR was written too")
	}

	// Pods from before have no rule; once they are restarted, all is well.
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonNodesStale, "On 1 node (a), pods predate the ip-masq-agent's list")
	if object.Status.Nodes.Stale != 1 || len(w.cordoned()) > 0 {
		t.Errorf("nodes: %+v, cordoned %v", object.Status.Nodes, w.cordoned())
	}
	w.clock.advance(time.Hour)
	w.removePod("web")
	w.addPod("web-2", "a")
	w.ready()

	// Somebody adds to the list meanwhile; when ours go, theirs stay.
	w.writeMasq("helm", strings.Replace(w.masq(), "- 10.30.0.0/16\n", "- 10.30.0.0/16\n- 10.31.0.0/16\n", 1))
	w.ready()
	w.deletePeering("eu-us")
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return !strings.Contains(w.masq(), "10.12.0.0/16") })
	if got := w.masq(); got != "masqLinkLocal: true\nnonMasqueradeCIDRs:\n- 10.30.0.0/16\n- 10.31.0.0/16\n" {
		t.Errorf("the list is %q", got)
	}
}

func TestWhoTakesOurBlocksOffTheListIsNamedAndNotFought(t *testing.T) {
	w := masqWorld(t)
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
	w.writeMasq("helm", masqConfig)
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "helm", "Helm: ipMasqAgent.config.nonMasqueradeCIDRs")
	w.reconcile()
	if got := w.masq(); got != masqConfig {
		t.Errorf("it was written again: %q", got)
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.MaxUnavailable = 2 })
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
	if !strings.Contains(w.masq(), "10.12.0.0/16") {
		t.Errorf("the list is %q", w.masq())
	}
}

func TestAStrategyThatCannotHelpSaysWhatItNeeds(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Cilium.Strategy = v1alpha1.CiliumIPMasqAgent })
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonStrategyInsufficient, "Cilium 1.19 or later (this cluster has 1.18.0", "bpf.masquerade=true", "ipMasqAgent.enabled=true")
}

func (w *world) removePod(name string) {
	w.t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}}
	if err := w.kube.Delete(w.t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
		w.t.Fatal(err)
	}
}
