package podrules

import (
	"slices"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Leaves reports whether a drain has to remove the pod from a node that was cordoned at the given time; the zero time: it
// is not yet. As with kubectl drain, pods of a DaemonSet, of the kubelet itself, and finished ones stay, and what comes
// later in spite of the cordon is not asked to go again (docs/facts/rollout.md#how-a-node-is-emptied).
func Leaves(pod *corev1.Pod, cordoned time.Time) bool {
	return !finished(pod) && !mirror(pod) && !ofDaemonSet(pod) && !cameBack(pod, cordoned)
}

// Stays reports whether a drain leaves in place a pod whose routing rules are its own: one outside the host network, of a
// DaemonSet or that came in spite of the cordon.
func Stays(pod *corev1.Pod, cordoned time.Time) bool {
	return (ofDaemonSet(pod) || cameBack(pod, cordoned)) && !pod.Spec.HostNetwork && !finished(pod)
}

// cordonTaint is what a cordon is to the scheduler.
var cordonTaint = corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}

// cameBack: the scheduler binds pods that tolerate a cordon to the node that was just emptied, and would do so without
// end. Cilium's own operator is one (cilium/cilium#28549). Karpenter leaves pods that tolerate its taint in place too
// (ToleratesDisruptedNoScheduleTaint in pkg/utils/pod of sigs.k8s.io/karpenter).
func cameBack(pod *corev1.Pod, cordoned time.Time) bool {
	return !cordoned.IsZero() && pod.CreationTimestamp.After(cordoned) &&
		slices.ContainsFunc(pod.Spec.Tolerations, func(t corev1.Toleration) bool { return t.ToleratesTaint(logr.Discard(), &cordonTaint, false) })
}

func finished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

func mirror(pod *corev1.Pod) bool {
	_, is := pod.Annotations[corev1.MirrorPodAnnotationKey]
	return is
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
