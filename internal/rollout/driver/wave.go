package driver

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// criticalPriority is where the classes system-cluster-critical and system-node-critical begin
// (pkg/apis/scheduling/types.go in kubernetes/kubernetes, SystemCriticalPriority).
const criticalPriority = 2_000_000_000

// wave is the pods to ask now: those that the cluster needs only once no other is left. Each reconciliation does the same.
func wave(pods []*corev1.Pod) []*corev1.Pod {
	ordinary := slices.DeleteFunc(slices.Clone(pods), critical)
	if len(ordinary) == 0 {
		ordinary = slices.Clone(pods)
	}
	slices.SortFunc(ordinary, func(a, b *corev1.Pod) int {
		return cmp.Or(
			cmp.Compare(priority(a), priority(b)),
			cmp.Compare(a.Namespace, b.Namespace),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return ordinary
}

func critical(pod *corev1.Pod) bool { return priority(pod) >= criticalPriority }

func priority(pod *corev1.Pod) int32 {
	if pod.Spec.Priority == nil {
		return 0
	}
	return *pod.Spec.Priority
}
