package podrules

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations by which the owner of a pod asks not to be disturbed; both are honoured.
const (
	// DoNotDisrupt asks Karpenter not to disrupt a pod, or a node.
	DoNotDisrupt = "karpenter.sh/do-not-disrupt"
	safeToEvict  = "cluster-autoscaler.kubernetes.io/safe-to-evict"
)

const (
	// ReasonPodRefuses is the reason of a node with a pod that asks not to be disturbed.
	ReasonPodRefuses = "PodRefusesDisruption"
	// ReasonPodRefusesForNow is the reason of a node with a pod that asks not to be disturbed until a time that comes by itself.
	ReasonPodRefusesForNow = "PodRefusesDisruptionForNow"
	// ReasonPodUnreplicated is the reason of a node with a pod that nobody would recreate.
	ReasonPodUnreplicated = "PodUnreplicated"
	// ReasonNodeRefuses is the reason of a node that its owner asked Karpenter not to disturb.
	ReasonNodeRefuses = "NodeRefusesDisruption"
)

// Refusal says why the pod must not be evicted at all; nil when it may. Its owner asks for it, or it has no controller
// and would be lost, which kubectl drain does with --force only. A pod that is being deleted refuses nothing.
func Refusal(pod *corev1.Pod, now time.Time) *Finding {
	if pod.DeletionTimestamp != nil {
		return nil
	}
	name := "Pod " + pod.Namespace + "/" + pod.Name
	if protected := protection(pod, now); protected != nil {
		return protected
	}
	if pod.Annotations[safeToEvict] == "false" {
		return &Finding{Reason: ReasonPodRefuses, Message: name + " has the annotation " + safeToEvict + ": \"false\". Remove it, or move the pod."}
	}
	if metav1.GetControllerOf(pod) == nil {
		return &Finding{
			Reason:  ReasonPodUnreplicated,
			Message: name + " has no controller that would recreate it. Delete it, or give it one.",
		}
	}
	return nil
}

// Exposed is the refusal of a pod that Karpenter would evict anyway: it spares none except its own annotation.
func Exposed(pod *corev1.Pod, now time.Time) *Finding {
	if protection(pod, now) != nil {
		return nil
	}
	return Refusal(pod, now)
}

// NodeRefusal says that the node itself must not be disturbed; nil when it may. A shield of our own refuses nothing.
func NodeRefusal(node *corev1.Node, shielded bool) *Finding {
	if node.Annotations[DoNotDisrupt] != "true" || shielded {
		return nil
	}
	return &Finding{Reason: ReasonNodeRefuses, Message: "The node has the annotation " + DoNotDisrupt + ". Remove it when the node may be replaced."}
}
