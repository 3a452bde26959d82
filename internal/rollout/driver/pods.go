package driver

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// Annotations by which a pod's owner asks not to be disturbed; both are honoured.
const (
	doNotDisrupt = "karpenter.sh/do-not-disrupt"
	safeToEvict  = "cluster-autoscaler.kubernetes.io/safe-to-evict"
)

const (
	// ReasonPodRefuses is the reason of a node with a pod that asks not to be disturbed.
	ReasonPodRefuses = "PodRefusesDisruption"
	// ReasonPodUnreplicated is the reason of a node with a pod that nobody would make anew.
	ReasonPodUnreplicated = "PodUnreplicated"
)

// criticalPriority is where the classes system-cluster-critical and system-node-critical begin
// (pkg/apis/scheduling/types.go in kubernetes/kubernetes, SystemCriticalPriority).
const criticalPriority = 2_000_000_000

// Leaves reports whether a drain has to remove the pod from a node that was cordoned at the given time; the zero time: it
// is not yet. As with kubectl drain, pods of a DaemonSet, of the kubelet itself, and finished ones stay, and what comes
// later in spite of the cordon is not asked to go again.
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

// Refusal says why the pod must not be evicted at all; nil when it may. Its owner asks for it, or it has no controller
// and would be lost, which kubectl drain does with --force only. A pod that is on its way out refuses nothing.
func Refusal(pod *corev1.Pod) *rollout.Finding {
	if pod.DeletionTimestamp != nil {
		return nil
	}
	name := "pod " + pod.Namespace + "/" + pod.Name
	for _, wish := range []struct{ annotation, value string }{{doNotDisrupt, "true"}, {safeToEvict, "false"}} {
		if pod.Annotations[wish.annotation] == wish.value {
			return &rollout.Finding{
				Reason:  ReasonPodRefuses,
				Message: name + " has the annotation " + wish.annotation + ": \"" + wish.value + "\"; remove it, or move the pod",
			}
		}
	}
	if metav1.GetControllerOf(pod) == nil {
		return &rollout.Finding{
			Reason:  ReasonPodUnreplicated,
			Message: name + " has no controller that would make it anew; delete it, or give it one",
		}
	}
	return nil
}

// Exposed is the refusal of a pod that Karpenter would evict all the same: it spares none but for its own annotation.
func Exposed(pod *corev1.Pod) *rollout.Finding {
	if pod.Annotations[doNotDisrupt] == "true" {
		return nil
	}
	return Refusal(pod)
}

// wave is the pods to ask now: those that the cluster needs only once no other is left. Each pass does the same.
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
