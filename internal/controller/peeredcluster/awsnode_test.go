package peeredcluster

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// awsNodeWorld is a cluster of Amazon's plugin alone: no object tells its VPC.
func awsNodeWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.addAWSNode()
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Region, spec.VPCID = v1alpha1.Region(w.network.Region), v1alpha1.VPCID(w.network.VPCID)
	})
	w.peering("eu-us", "10.12.0.0/16")
	return w
}

func (w *world) addAWSNode() {
	w.t.Helper()
	daemonSet := daemonSetOf(cilium.AWSNodeName, cilium.AWSNodeName, "amazon-k8s-cni:v1.21.0")
	container := &daemonSet.Spec.Template.Spec.Containers[0]
	container.Env = []corev1.EnvVar{{Name: "AWS_VPC_K8S_CNI_LOGLEVEL", Value: "DEBUG"}}
	daemonSet.Spec.Template.Spec.Containers = append(daemonSet.Spec.Template.Spec.Containers, corev1.Container{Name: "aws-eks-nodeagent", Image: "agent"})
	if err := w.kube.Create(w.t.Context(), daemonSet, client.FieldOwner("eks")); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) awsNode() *appsv1.DaemonSet {
	w.t.Helper()
	found := &appsv1.DaemonSet{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Namespace: "kube-system", Name: cilium.AWSNodeName}, found); err != nil {
		w.t.Fatal(err)
	}
	return found
}

// excluded is the variable of aws-node; the other container and variable must be as they were.
func (w *world) excluded() string {
	w.t.Helper()
	containers := w.awsNode().Spec.Template.Spec.Containers
	variables := map[string]string{}
	for _, variable := range containers[0].Env {
		variables[variable.Name] = variable.Value
	}
	if len(containers) != 2 || len(containers[1].Env) > 0 || variables["AWS_VPC_K8S_CNI_LOGLEVEL"] != "DEBUG" {
		w.t.Errorf("more than the variable was changed: %+v", containers)
	}
	return variables[cilium.ExcludeSNATVariable]
}

// rollsOut has the DaemonSet's rolling update be done.
func (w *world) rollsOut() { w.awsNodeRuns(2, 2) }

// awsNodeRuns is what the DaemonSet's controller says of its two pods.
func (w *world) awsNodeRuns(updated, ready int32) {
	w.t.Helper()
	daemonSet := w.awsNode()
	daemonSet.Status = appsv1.DaemonSetStatus{ObservedGeneration: daemonSet.Generation, DesiredNumberScheduled: 2, UpdatedNumberScheduled: updated, NumberReady: ready}
	if err := w.kube.Status().Update(w.t.Context(), daemonSet); err != nil {
		w.t.Fatal(err)
	}
}

// onDelete has nobody renew the pods but whoever deletes them.
func (w *world) onDelete() {
	w.t.Helper()
	daemonSet := w.awsNode()
	daemonSet.Spec.UpdateStrategy = appsv1.DaemonSetUpdateStrategy{Type: appsv1.OnDeleteDaemonSetStrategyType}
	if err := w.kube.Update(w.t.Context(), daemonSet); err != nil {
		w.t.Fatal(err)
	}
	w.rollsOut()
}

// setExcluded has somebody set the variable.
func (w *world) setExcluded(who, value string) {
	w.t.Helper()
	container := map[string]any{"name": cilium.AWSNodeName, "env": []any{map[string]any{"name": cilium.ExcludeSNATVariable, "value": value}}}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.kube.Patch(w.t.Context(), w.awsNode(), client.RawPatch("application/strategic-merge-patch+json", patch), client.FieldOwner(who)); err != nil {
		w.t.Fatal(err)
	}
}

func TestAWSNodeGetsOneVariableAndNoNodeIsTouched(t *testing.T) {
	w := awsNodeWorld(t)
	w.rollsOut()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonProgressing, "rolls out the new value")
	if got := w.excluded(); got != "10.12.0.0/16" {
		t.Errorf("the variable is %q", got)
	}
	w.rollsOut()
	object := w.ready()
	w.reason(v1alpha1.ConditionNodesUpToDate, v1alpha1.ReasonNotRequired, "no node is touched")
	if object.Status.Cilium.Backend != "AWSNode" {
		t.Errorf("backend %s", object.Status.Cilium.Backend)
	}

	// Another peering joins, and both go.
	w.peering("eu-ap", "10.20.0.0/16")
	w.until("both", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "10.12.0.0/16,10.20.0.0/16" })
	w.deletePeering("eu-us")
	w.deletePeering("eu-ap")
	w.until("taken back", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "" })
}

func TestCiliumChainedToAWSNodeIsAWSNodes(t *testing.T) {
	w := newWorld(t)
	w.installs("1.18.0", 1, "cni-chaining-mode", "aws-cni", "ipam", "cluster-pool")
	w.addAWSNode()
	w.rollsOut()
	w.peeredCluster(nil)
	w.peering("eu-us", "10.12.0.0/16")
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "10.12.0.0/16" })
	w.rollsOut()
	w.ready()
	if len(w.nodeConfigs()) > 0 || w.ciliumConfig() != "" {
		t.Error("Cilium's own option was written, which has no effect here")
	}
}

func TestAVariableOfTheEKSAddOnIsNotOverruled(t *testing.T) {
	w := awsNodeWorld(t)
	w.setExcluded("eks", "10.30.0.0/16")
	w.rollsOut()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonManagedElsewhere, "eks sets", "=10.30.0.0/16,10.12.0.0/16 (of DaemonSet aws-node, or env in the configuration of the EKS add-on vpc-cni)")
	if got := w.excluded(); got != "10.30.0.0/16" {
		t.Errorf("the variable is %q", got)
	}
	w.setExcluded("eks", "10.30.0.0/16,10.12.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonNotRequired, "aws-node excludes every peer")
}

func TestWhoTakesTheVariableBackIsNamedAndNotFought(t *testing.T) {
	w := awsNodeWorld(t)
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() != "" })
	w.rollsOut()
	w.ready()
	w.setExcluded("terraform", "10.99.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "Field manager terraform reverted")
	for range 3 {
		w.reconcile()
		w.clock.advance(time.Hour)
	}
	if got := w.excluded(); got != "10.99.0.0/16" {
		t.Errorf("it was written again: %s", got)
	}
}

func TestAListWaitsForWhatARolloutWouldWaitFor(t *testing.T) {
	w := newWorld(t)
	w.addAWSNode()
	opens := w.clock.Now().UTC().Add(3 * time.Hour).Truncate(time.Minute) // at any time of day it is closed now
	closes := opens.Add(time.Hour)
	w.peeredCluster(func(spec *v1alpha1.PeeredClusterSpec) {
		spec.Region, spec.VPCID = v1alpha1.Region(w.network.Region), v1alpha1.VPCID(w.network.VPCID)
		spec.Rollout.Paused, spec.Rollout.Approval = true, v1alpha1.ApprovalManual
		spec.Rollout.Window = &v1alpha1.RolloutWindow{Start: opens.Format("15:04"), End: closes.Format("15:04"), TimeZone: "Nowhere/AtAll"}
	})
	w.peering("eu-us", "10.12.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonPaused, "Nothing is written while spec.rollout.paused is true")
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Paused = false })
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonAwaitingApproval, "until spec.rollout.approvedRevision is")
	revision := object.Status.Cilium.Revision
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.ApprovedRevision = revision })
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonInvalidWindow, "Nowhere/AtAll", "Nothing is written")
	if got := w.excluded(); got != "" {
		t.Errorf("written already: %s", got)
	}
	w.edit(func(spec *v1alpha1.PeeredClusterSpec) { spec.Rollout.Window.TimeZone = "Etc/UTC" })
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonOutsideWindow, "outside spec.rollout.window")
	w.clock.advance(opens.Add(-30 * time.Minute).Sub(w.clock.Now()))
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "10.12.0.0/16" })
	if at := w.clock.Now(); at.Before(opens) || !at.Before(closes) {
		t.Errorf("written at %s, the window is from %s to %s", at, opens, closes)
	}
}

// TestAnAWSNodeThatNobodyRollsOutIsSaidToWaitForAPerson: with updateStrategy OnDelete no rolling update comes, and who deletes a pod also
// gets whatever else was changed in the DaemonSet.
func TestAnAWSNodeThatNobodyRollsOutIsSaidToWaitForAPerson(t *testing.T) {
	w := awsNodeWorld(t)
	w.onDelete()
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonProgressing, "Waiting for DaemonSet kube-system/aws-node")
	w.awsNodeRuns(1, 2)
	object := w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonDaemonSetOnDelete, "Waiting until somebody deletes the pods of DaemonSet kube-system/aws-node", "updateStrategy is OnDelete")
	if meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReconciling) {
		t.Errorf("somebody is said to be at work:%s", sentences(object))
	}
	if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Errorf("for kstatus it is neither at work nor stalled:%s", sentences(object))
	}
	if got := w.excluded(); got != "10.12.0.0/16" {
		t.Errorf("the variable is %q", got)
	}
	w.awsNodeRuns(2, 1)
	object = w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonProgressing, "Waiting for DaemonSet kube-system/aws-node")
	if meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Errorf("pods are all new, and only start:%s", sentences(object))
	}
	w.rollsOut()
	w.ready()
	object = w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonConfigured)
	if said := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionCiliumConfigured).Message; strings.Contains(said, "delete") {
		t.Errorf("once every pod is a new one: %s", said)
	}
}

// TestWhoTakesTheVariableBackWhileAPersonIsAwaitedIsNamedAndNotFought: what was written counts as written although it has not reached all nodes.
func TestWhoTakesTheVariableBackWhileAPersonIsAwaitedIsNamedAndNotFought(t *testing.T) {
	w := awsNodeWorld(t)
	w.onDelete()
	w.until("written", func(*v1alpha1.PeeredCluster) bool { return w.excluded() == "10.12.0.0/16" })
	w.awsNodeRuns(0, 2)
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonDaemonSetOnDelete)
	w.setExcluded("terraform", "10.99.0.0/16")
	w.reason(v1alpha1.ConditionCiliumConfigured, v1alpha1.ReasonReverted, "Field manager terraform reverted")
	if got := w.excluded(); got != "10.99.0.0/16" {
		t.Errorf("it was written again: %s", got)
	}
}
