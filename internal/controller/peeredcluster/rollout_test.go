package peeredcluster

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// touched are the nodes with a mark of ours, or a cordon.
func (w *world) touched() []string {
	w.t.Helper()
	return w.nodesWith(func(node *corev1.Node) bool {
		_, marked := node.Annotations[rollout.Annotation]
		return marked || node.Spec.Unschedulable
	})
}

func (w *world) nodesWith(what func(*corev1.Node) bool) []string {
	w.t.Helper()
	var nodes corev1.NodeList
	if err := w.kube.List(w.t.Context(), &nodes); err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for i := range nodes.Items {
		if what(&nodes.Items[i]) {
			names = append(names, nodes.Items[i].Name)
		}
	}
	return names
}

// expectUntouched: nothing is written to Cilium, and no node is marked or cordoned.
func (w *world) expectUntouched() {
	w.t.Helper()
	if configs, nodes := w.nodeConfigs(), w.touched(); len(configs) > 0 || len(nodes) > 0 {
		w.t.Errorf("written: %d CiliumNodeConfigs, nodes touched: %v", len(configs), nodes)
	}
}

// startedOn are the nodes that an event tells were started on, in that order.
func (w *world) startedOn() []string {
	w.events.mutex.Lock()
	defer w.events.mutex.Unlock()
	var names []string
	for _, line := range w.events.lines {
		for _, begun := range []string{"NodeCordoned Cordoned node ", "AgentRestartStarted Restarting the Cilium agent of node "} {
			if _, rest, found := strings.Cut(line, begun); found {
				names = append(names, strings.Fields(rest)[0])
			}
		}
	}
	return names
}

// setCordon cordons or uncordons a node as somebody.
func (w *world) setCordon(name string, cordoned bool) {
	w.t.Helper()
	node := &corev1.Node{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: name}, node); err != nil {
		w.t.Fatal(err)
	}
	node.Spec.Unschedulable = cordoned
	if err := w.kube.Update(w.t.Context(), node); err != nil {
		w.t.Fatal(err)
	}
}

// isCordoned holds once we work on a node.
func (w *world) isCordoned(*v1alpha1.PeeredCluster) bool { return len(w.cordoned()) > 0 }

func TestNothingIsWrittenBeforeItsApproval(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Approval = v1alpha1.ApprovalManual })
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonAwaitingApproval, "spec.rollout.approvedRevision")
	w.expectUntouched()
	preview := object.Status.Rollout.Preview
	if preview == nil || !preview.ApprovalNeeded || preview.NativeRoutingCIDR != "10.8.0.0/13" || preview.NodeCount != 3 || preview.ExpectedMinutes != 12 {
		t.Fatalf("preview: %+v", preview)
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.ApprovedRevision = preview.Revision })
	object = w.ready()
	if diff := cmp.Diff(preview.Nodes, w.startedOn()); diff != "" {
		t.Errorf("started on in another order (-preview +started):\n%s", diff)
	}
	if object.Status.Rollout.Preview != nil {
		t.Errorf("every node is current, and yet a preview: %+v", object.Status.Rollout.Preview)
	}

	// A later revision needs an approval of its own.
	w.peering("eu-asia", "10.32.0.0/16")
	object = w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonAwaitingApproval)
	if next := object.Status.Rollout.Preview; next.Revision == preview.Revision || len(w.nodeConfigs()) != 1 || len(w.cordoned()) > 0 {
		t.Errorf("preview %+v, %d CiliumNodeConfigs, cordoned %v", next, len(w.nodeConfigs()), w.cordoned())
	}
}

func TestAValueThatNoNodeIsRenewedForNeedsItsApprovalToo(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Rollout.Approval, spec.Rollout.Strategy = v1alpha1.ApprovalManual, v1alpha1.RolloutOnDelete
	})
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonAwaitingApproval)
	preview := object.Status.Rollout.Preview
	if preview == nil || !preview.ApprovalNeeded || preview.NodeCount != 0 {
		t.Fatalf("preview: %+v", preview)
	}
	w.expectUntouched()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.ApprovedRevision = preview.Revision })
	object = w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
	if started := w.startedOn(); len(started) > 0 || object.Status.Rollout.Preview != nil {
		t.Errorf("started on %v, preview %+v", started, object.Status.Rollout.Preview)
	}
}

func TestNoNodeIsStartedOnOutsideTheWindow(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	opens := w.clock.Now().UTC().Add(3 * time.Hour).Truncate(time.Minute)
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Rollout.Window = &v1alpha1.RolloutWindow{Start: opens.Format("15:04"), End: opens.Add(time.Hour).Format("15:04"), TimeZone: "Etc/UTC"}
	})
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonOutsideWindow, "opens next on "+opens.Format("Mon 2006-01-02 15:04")+" Etc/UTC")
	w.expectUntouched()
	w.clock.advance(time.Minute)
	if again, _ := w.reconcile(); again.ResourceVersion != object.ResourceVersion {
		t.Errorf("status changes in each reconciliation: %s", cmp.Diff(object.Status, again.Status))
	}
	w.clock.advance(opens.Sub(w.clock.Now()))
	w.ready()
}

func TestAWindowInAnUnknownZoneIsSaid(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Rollout.Window = &v1alpha1.RolloutWindow{Start: "02:00", End: "05:00", TimeZone: "Mars/Olympus"}
	})
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonInvalidWindow, "Mars/Olympus", "Europe/Berlin")
	w.expectUntouched()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Window = nil })
	w.ready()
}

func TestAWindowInAnUnknownZoneIsSaidBeforeAnythingRolls(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.ready()
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Rollout.Window = &v1alpha1.RolloutWindow{Start: "02:00", End: "05:00", TimeZone: "Mars/Olympus"}
	})
	object, _ := w.reconcile()
	for _, condition := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionStalled} {
		if found := meta.FindStatusCondition(object.Status.Conditions, condition); found == nil || found.Reason != v1alpha1.ReasonInvalidWindow || !strings.Contains(found.Message, "Mars/Olympus") {
			t.Errorf("%s:%s", condition, sentences(object))
		}
	}
	if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate) {
		t.Errorf("the nodes are as they were:%s", sentences(object))
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Window = nil })
	w.ready()
}

func TestTheStopSwitchShowsWhileNothingRolls(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.reconciler.Namespace = "default"
	w.ready()
	stop := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: v1alpha1.StopConfigMap}, Data: map[string]string{"reason": "incident 12"}}
	t.Cleanup(func() { _ = w.kube.Delete(context.WithoutCancel(t.Context()), stop) })
	w.create(stop)
	object := w.ready()
	const said = "ConfigMap default/crossvpc-stop-rollouts exists (incident 12)"
	if object.Status.Rollout.Stopped != said {
		t.Errorf("status.rollout.stopped is %q", object.Status.Rollout.Stopped)
	}
	if nodes := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionNodesUpToDate); !strings.Contains(nodes.Message, said) {
		t.Errorf("NodesUpToDate says %q", nodes.Message)
	}
	if err := w.kube.Delete(t.Context(), stop); err != nil {
		t.Fatal(err)
	}
	object, _ = w.reconcile()
	if object.Status.Rollout.Stopped != "" {
		t.Errorf("it is gone, and status.rollout.stopped is %q", object.Status.Rollout.Stopped)
	}
}

func TestOneConfigMapStopsAllRollouts(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.reconciler.Namespace = "default"
	stop := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: v1alpha1.StopConfigMap}, Data: map[string]string{"reason": "incident\n12"}}
	t.Cleanup(func() { _ = w.kube.Delete(context.WithoutCancel(t.Context()), stop) })
	w.until("started", w.isCordoned)
	w.create(stop)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonRolloutsStopped, "ConfigMap default/crossvpc-stop-rollouts exists (incident 12)")
	w.until("given back", func(*v1alpha1.PeeredCluster) bool { return len(w.cordoned()) == 0 })
	for range 3 {
		w.clock.advance(time.Hour)
		w.reconcile()
	}
	if started := w.startedOn(); len(started) > 1 {
		t.Errorf("nodes were started on while all rollouts are stopped: %v", started)
	}
	if err := w.kube.Delete(t.Context(), stop); err != nil {
		t.Fatal(err)
	}
	w.ready()
}

func TestAgentsAreRenewedUnderTheirPodsWhereThatIsEnough(t *testing.T) {
	w := incident(t, "1.19.8", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutAuto })
	before := w.agents()
	object := w.ready()
	if status := object.Status.Rollout; status.Strategy != v1alpha1.RolloutRestartAgents || !strings.Contains(status.Message, "1.19.8") {
		t.Errorf("status.rollout: %+v", status)
	}
	if w.shared(before) > 0 {
		t.Errorf("%d agents are from before the value", w.shared(before))
	}
	for _, node := range []string{"a", "b", "c"} {
		if pods := w.podsOn(node); !slices.Equal(pods, []string{"web-" + node}) {
			t.Errorf("pods of node %s: %v", node, pods)
		}
	}
	if w.events.has("NodeCordoned") {
		t.Error("a node was cordoned")
	}
	if canary := object.Status.Cilium.Canary; canary == nil || canary.State != v1alpha1.CanaryPassed {
		t.Errorf("canary: %+v", canary)
	}
}

func TestC5RestartAgentsIsRefusedWhereItStrandsPods(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRestartAgents })
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonStrategyInsufficient, "Cilium 1.18.0", "RecyclePods", "1.19.8")
	w.expectUntouched()
	if meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionStalled) == nil {
		t.Errorf("not stalled:%s", sentences(object))
	}
	w.rollCilium("1.19.8", "a", "b", "c")
	w.ready()
	if pods := w.podsOn("a"); !slices.Equal(pods, []string{"web-a"}) {
		t.Errorf("pods of node a: %v", pods)
	}
}

// rollCilium changes Cilium's version, and renews the agents of the nodes.
func (w *world) rollCilium(version string, nodes ...string) {
	w.t.Helper()
	daemonSet := &appsv1.DaemonSet{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: "cilium"}, daemonSet); err != nil {
		w.t.Fatal(err)
	}
	template := &daemonSet.Spec.Template
	template.Spec.Containers[0].Image = "quay.io/cilium/cilium:v" + version
	template.Labels[appsv1.ControllerRevisionHashLabelKey] = version // agents get it as from the DaemonSet's controller
	if err := w.kube.Update(w.t.Context(), daemonSet); err != nil {
		w.t.Fatal(err)
	}
	var pods corev1.PodList
	if err := w.kube.List(w.t.Context(), &pods, client.MatchingLabels{"k8s-app": "cilium"}); err != nil {
		w.t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	for i := range pods.Items {
		pod := &pods.Items[i]
		if !slices.Contains(nodes, pod.Spec.NodeName) {
			continue
		}
		if err := w.kube.Delete(w.t.Context(), pod, client.GracePeriodSeconds(0)); err != nil {
			w.t.Fatal(err)
		}
	}
	w.playNodes()
}

func TestCiliumIsUpgradedInTheMiddle(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutAuto })
	w.until("released", func(object *v1alpha1.PeeredCluster) bool {
		return meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionCiliumConfigured) && len(w.cordoned()) == 0
	})
	done := w.startedOn()
	rest := slices.DeleteFunc([]string{"a", "b", "c"}, func(name string) bool { return slices.Contains(done, name) })
	w.rollCilium("1.19.8", done...)
	object := w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonCiliumUpgrading, "kube-system/cilium (Cilium 1.19.8)", "on "+strings.Join(rest, ", "))
	for range 3 {
		w.clock.advance(time.Hour)
		w.reconcile()
	}
	if started := w.startedOn(); !slices.Equal(started, done) {
		t.Errorf("started on %v during the upgrade, before it %v", started, done)
	}
	if object.Status.Rollout.Strategy != v1alpha1.RolloutRecyclePods {
		t.Errorf("in the middle of the upgrade Auto picks %s", object.Status.Rollout.Strategy)
	}
	w.rollCilium("1.19.8", rest...)
	if object := w.ready(); object.Status.Rollout.Strategy != v1alpha1.RolloutRestartAgents {
		t.Errorf("after the upgrade Auto picks %s", object.Status.Rollout.Strategy)
	}
}

func TestANodeThatNeverDrainsIsUncordonedAgain(t *testing.T) {
	w := incident(t, "1.18.0", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.DrainTimeoutSeconds = 30 })
	w.hold("web-a", true)
	w.hold("web-b", true)
	w.hold("web-c", true)
	object := w.until("given back", func(object *v1alpha1.PeeredCluster) bool { return len(object.Status.BlockedNodes) > 0 })
	if blocked := object.Status.BlockedNodes[0]; blocked.Reason != rollout.BlockedDrainTimeout || !strings.Contains(blocked.Message, "1 pod was still on the node after") {
		t.Errorf("blocked: %+v", blocked)
	}
	w.until("all given back", func(object *v1alpha1.PeeredCluster) bool {
		return len(object.Status.BlockedNodes) == 3 && len(w.cordoned()) == 0
	})
	for _, name := range []string{"web-a", "web-b", "web-c"} {
		w.hold(name, false)
	}
	// Not waited for: somebody asks for another attempt.
	object = w.read()
	metav1.SetMetaDataAnnotation(&object.ObjectMeta, v1alpha1.AnnotationRetry, "now")
	if err := w.kube.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	before := w.clock.Now()
	w.ready()
	if took := w.clock.Now().Sub(before); took > 4*time.Minute {
		t.Errorf("the nodes were waited for %s in spite of the annotation", took)
	}
}

// hold has a pod stay though it was evicted, as one that does not end.
func (w *world) hold(name string, held bool) {
	w.t.Helper()
	pod := &corev1.Pod{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "default", Name: name}, pod); err != nil {
		w.t.Fatal(err)
	}
	pod.Finalizers = nil
	if held {
		pod.Finalizers = []string{"test/hold"}
	}
	if err := w.kube.Update(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
}

func TestACanaryThatCrashesIsTriedAgainWhenThatIsAskedFor(t *testing.T) {
	w := incident(t, "1.19.8", func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Strategy = v1alpha1.RolloutRestartAgents })
	w.refused = "10.8.0.0/13"
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonCanaryFailed, "keeps crashing", v1alpha1.AnnotationRetry)
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return len(w.nodeConfigs()) == 0 })
	w.until("renewed on the old value", func(*v1alpha1.PeeredCluster) bool { return w.events.has("NodeFinished") })
	for range 3 {
		w.clock.advance(time.Hour)
		w.reconcile()
	}
	if started := w.startedOn(); len(started) != 1 {
		t.Errorf("started on %v after the canary failed", started)
	}
	w.refused = ""
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.MaxUnavailable = 2 })
	w.ready()
}

func TestN3SomebodyUncordonsOurNode(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.hold("web-a", true)
	w.hold("web-b", true)
	w.hold("web-c", true)
	w.until("started", w.isCordoned)
	node := w.cordoned()[0]
	w.setCordon(node, false)
	object := w.until("left alone", func(object *v1alpha1.PeeredCluster) bool {
		return slices.ContainsFunc(object.Status.BlockedNodes, func(b v1alpha1.BlockedNode) bool { return b.Name == node })
	})
	if blocked := object.Status.BlockedNodes; blocked[0].Reason != rollout.BlockedUncordoned {
		t.Errorf("blocked: %+v", blocked)
	}
	for _, name := range []string{"web-a", "web-b", "web-c"} {
		w.hold(name, false)
	}
	w.ready()
}

func TestN1SomebodyElseCordonsHalfTheCluster(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.addNode("d")
	w.setCordon("a", true)
	w.setCordon("b", true)
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonBlocked, "a (cordoned), b (cordoned)", "maxUnavailable 1")
	if started := w.startedOn(); len(started) > 0 {
		t.Errorf("started on %v", started)
	}
	w.setCordon("a", false)
	w.setCordon("b", false)
	w.ready()
}

func TestAVPCBlockIsAddedDuringTheRollout(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.until("started", w.isCordoned)
	peering := &v1alpha1.VPCPeering{}
	if err := w.kube.Get(t.Context(), client.ObjectKey{Namespace: "default", Name: "eu-us"}, peering); err != nil {
		t.Fatal(err)
	}
	peering.Status.Accepter.CIDRBlocks = append(peering.Status.Accepter.CIDRBlocks, "10.32.0.0/16")
	if err := w.kube.Status().Update(t.Context(), peering); err != nil {
		t.Fatal(err)
	}
	object := w.ready()
	if got := object.Status.Cilium.DesiredCIDR; got != "10.0.0.0/10" {
		t.Errorf("the value is %s", got)
	}
	if object.Status.Nodes.Current != 3 || len(w.cordoned()) > 0 || len(w.nodeConfigs()) != 1 {
		t.Errorf("nodes %+v, cordoned %v, %d CiliumNodeConfigs", object.Status.Nodes, w.cordoned(), len(w.nodeConfigs()))
	}
}

func TestFargateIsCountedAndNeverTouched(t *testing.T) {
	w := incident(t, "1.18.0", nil)
	w.create(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "fargate-x", Labels: map[string]string{
		corev1.LabelHostname: "fargate-x", "eks.amazonaws.com/compute-type": "fargate",
	}}})
	object := w.ready()
	if nodes := object.Status.Nodes; nodes.Unmanaged != 1 || nodes.Total != 3 {
		t.Errorf("nodes: %+v", nodes)
	}
	if slices.Contains(w.touched(), "fargate-x") {
		t.Error("the Fargate node was touched")
	}
}
