package podrules

import (
	"slices"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Class says what a drain does to a pod, and what becomes of the routing rules that it has from the agent. Every pod of a
// node is in exactly one class.
type Class string

const (
	// ClassFinished pods have ended. They have no rules, and stay.
	ClassFinished Class = "Finished"
	// ClassLeaves pods have to leave a node that is drained.
	ClassLeaves Class = "Leaves"
	// ClassStays pods are left on the node by a drain, and have rules of their own: they are evicted above the new agent.
	ClassStays Class = "Stays"
	// ClassStaysOnHost pods are left on the node, and have no rules.
	ClassStaysOnHost Class = "StaysOnHost"
	// ClassStatic pods are the kubelet's own, with rules that nobody can renew but an agent that renews those of all its pods.
	ClassStatic Class = "Static"
	// ClassStaticOnHost pods are the kubelet's own, and have no rules.
	ClassStaticOnHost Class = "StaticOnHost"
)

// ClassOf is the class of a pod of a node that we cordoned at the given time; the zero time: we did not. As with kubectl
// drain, pods of a DaemonSet, of the kubelet itself, and finished ones stay, and what comes later in spite of the cordon is
// not asked to go again (docs/facts/rollout.md#how-a-node-is-emptied).
func ClassOf(pod *corev1.Pod, cordoned time.Time) Class {
	onHost := pod.Spec.HostNetwork
	switch stays := ofDaemonSet(pod) || cameBack(pod, cordoned); {
	case finished(pod):
		return ClassFinished
	case Static(pod) && onHost:
		return ClassStaticOnHost
	case Static(pod):
		return ClassStatic
	case stays && onHost:
		return ClassStaysOnHost
	case stays:
		return ClassStays
	default:
		return ClassLeaves
	}
}

// Leaves reports whether a drain has to remove the pod.
func Leaves(pod *corev1.Pod, cordoned time.Time) bool { return ClassOf(pod, cordoned) == ClassLeaves }

// Stays reports whether a drain leaves in place a pod whose routing rules are its own.
func Stays(pod *corev1.Pod, cordoned time.Time) bool { return ClassOf(pod, cordoned) == ClassStays }

// Static reports whether the kubelet made the pod from a file of its own: the API server shows a mirror of it, which
// nobody can evict, and to delete it changes nothing.
func Static(pod *corev1.Pod) bool {
	_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
	return mirror || slices.ContainsFunc(pod.OwnerReferences, func(owner metav1.OwnerReference) bool {
		return owner.APIVersion == "v1" && owner.Kind == "Node"
	})
}

// cordonTaint is what a cordon is to the scheduler.
var cordonTaint = corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}

// cameBack: the scheduler binds pods that tolerate a cordon to the node that was just emptied, and would do so without
// end. Cilium's own operator is one (cilium/cilium#28549). Karpenter leaves pods that tolerate its taint in place too
// (ToleratesDisruptedNoScheduleTaint in pkg/utils/pod of sigs.k8s.io/karpenter).
func cameBack(pod *corev1.Pod, cordoned time.Time) bool {
	return !cordoned.IsZero() && pod.CreationTimestamp.After(cordoned) && tolerates(pod, &cordonTaint)
}

func tolerates(pod *corev1.Pod, taint *corev1.Taint) bool {
	return slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool { return t.ToleratesTaint(logr.Discard(), taint, false) })
}

func finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

func ofDaemonSet(pod *corev1.Pod) bool {
	controller := metav1.GetControllerOf(pod)
	return controller != nil && controller.Kind == "DaemonSet"
}

// Ready reads the pod's condition.
func Ready(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
