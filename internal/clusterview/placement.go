package clusterview

import (
	"fmt"
	"slices"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	schedulinghelpers "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// placement is on which nodes the pods of a DaemonSet are to run.
type placement struct {
	nodeName    string
	affinity    nodeaffinity.RequiredNodeAffinity
	tolerations []corev1.Toleration
}

func placementOf(daemonSet *appsv1.DaemonSet) *placement {
	spec := &daemonSet.Spec.Template.Spec
	return &placement{
		nodeName: spec.NodeName, affinity: nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity),
		tolerations: slices.Concat(spec.Tolerations, addedTolerations(spec.HostNetwork)),
	}
}

// addedTolerations are what the DaemonSet controller gives every pod of its own (AddOrUpdateDaemonPodTolerations in
// pkg/controller/daemon/util of kubernetes/kubernetes, which cannot be imported).
func addedTolerations(hostNetwork bool) []corev1.Toleration {
	var added []corev1.Toleration
	add := func(effect corev1.TaintEffect, keys ...string) {
		for _, key := range keys {
			added = append(added, corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: effect})
		}
	}
	add(corev1.TaintEffectNoExecute, corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable)
	add(corev1.TaintEffectNoSchedule, corev1.TaintNodeDiskPressure, corev1.TaintNodeMemoryPressure, corev1.TaintNodePIDPressure, corev1.TaintNodeUnschedulable)
	if hostNetwork {
		add(corev1.TaintEffectNoSchedule, corev1.TaintNodeNetworkUnavailable)
	}
	return added
}

// passing: the taint comes and goes with the state of the node, or the node goes with it. What such a node lacks is missing
// (N1), however few of them the agents tolerate; one that boots is waited for.
func passing(taint *corev1.Taint) bool {
	switch taint.Key {
	case corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeNetworkUnavailable, "node.cloudprovider.kubernetes.io/uninitialized":
		return true
	default:
		return podrules.LeavingTaint(taint)
	}
}

// bars says why the DaemonSet controller puts no pod on a node, whatever state that is in; empty: it does (NodeShouldRunDaemonPod in
// pkg/controller/daemon of kubernetes/kubernetes).
func (p *placement) bars(node *corev1.Node) string {
	if p.nodeName != "" && p.nodeName != node.Name {
		return "the pod template names node " + p.nodeName
	}
	if selects, _ := p.affinity.Match(node); !selects { // one that it cannot read selects nothing, as there
		return "its node selector or node affinity does not select the node"
	}
	keepsOff := func(taint *corev1.Taint) bool {
		return (taint.Effect == corev1.TaintEffectNoSchedule || taint.Effect == corev1.TaintEffectNoExecute) && !passing(taint)
	}
	if taint, found := schedulinghelpers.FindMatchingUntoleratedTaint(logr.Discard(), node.Spec.Taints, p.tolerations, keepsOff, false); found {
		return fmt.Sprintf("it does not tolerate the taint %s of the node", taint.ToString())
	}
	return ""
}

// agentBarred says why a node gets no new agent; empty: it does, or there is no Cilium.
func (v *View) agentBarred(node *corev1.Node) string {
	if v.Install.DaemonSet == nil {
		return ""
	}
	if v.index.placement == nil {
		v.index.placement = placementOf(v.Install.DaemonSet)
	}
	return v.index.placement.bars(node)
}
