package driver

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// Annotations by which a pod's owner asks not to be disturbed; both are honoured.
const (
	doNotDisrupt = "karpenter.sh/do-not-disrupt"
	safeToEvict  = "cluster-autoscaler.kubernetes.io/safe-to-evict"
)

// ReasonPodRefuses is the reason of a node with a pod that asks not to be disturbed.
const ReasonPodRefuses = "PodRefusesDisruption"

// Leaves reports whether a drain has to remove the pod. As with kubectl drain,
// pods of a DaemonSet, of the kubelet itself, and finished ones stay.
func Leaves(pod *corev1.Pod) bool {
	if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return false
	}
	if _, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]; mirror {
		return false
	}
	controller := metav1.GetControllerOf(pod)
	return controller == nil || controller.Kind != "DaemonSet"
}

// Stays reports whether a drain leaves in place a pod whose routing rules are its
// own: one of a DaemonSet outside the host network.
func Stays(pod *corev1.Pod) bool {
	controller := metav1.GetControllerOf(pod)
	return controller != nil && controller.Kind == "DaemonSet" && !pod.Spec.HostNetwork &&
		pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

// Refusal names the pod's own wish not to be evicted; nil: it has none.
func Refusal(pod *corev1.Pod) *rollout.Finding {
	for annotation, refuses := range map[string]string{doNotDisrupt: "true", safeToEvict: "false"} {
		if pod.Annotations[annotation] == refuses {
			return &rollout.Finding{
				Reason:  ReasonPodRefuses,
				Message: "pod " + pod.Namespace + "/" + pod.Name + " has the annotation " + annotation + ": \"" + refuses + "\"; remove it, or move the pod",
			}
		}
	}
	return nil
}

// inEvictionOrder puts pods that matter less first: ordinary ones before those
// that the cluster needs, then by name, so that each pass does the same.
func inEvictionOrder(pods []*corev1.Pod) []*corev1.Pod {
	return slices.SortedFunc(slices.Values(pods), func(a, b *corev1.Pod) int {
		return cmp.Or(
			cmp.Compare(priority(a), priority(b)),
			cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name),
		)
	})
}

func priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}
