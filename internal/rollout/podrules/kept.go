package podrules

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/message"
)

const (
	// ReasonStaticPod is the reason of a node with a pod that only its kubelet recreates.
	ReasonStaticPod = "StaticPod"
	// ReasonPodHeld is the reason of a node with a pod that was deleted and that a finalizer keeps.
	ReasonPodHeld = "PodHeldByFinalizer"
)

// KeepsRules says that the pod keeps the rules that it was created with, whoever restarts the agent; nil where it does not.
func KeepsRules(pod *corev1.Pod) *Finding {
	if ClassOf(pod, time.Time{}) != ClassStatic {
		return nil
	}
	return &Finding{Reason: ReasonStaticPod, Message: fmt.Sprintf("Pod %s/%s is a static pod on the pod network. Only the kubelet recreates it, so its routing rules "+
		"cannot be renewed in place. Move it to the host network, remove its file from the node, or replace the node.", pod.Namespace, pod.Name)}
}

// heldAfter is how long a pod may outlive its grace period before its finalizers are named, as Karpenter counts it
// (IsStuckTerminating in pkg/utils/pod/scheduling.go of sigs.k8s.io/karpenter).
const heldAfter = time.Minute

// Held says that the pod was deleted, and that a finalizer keeps it beyond its grace period; nil where none does.
func Held(pod *corev1.Pod, now time.Time) *Finding {
	if pod.DeletionTimestamp == nil || len(pod.Finalizers) == 0 || !now.After(pod.DeletionTimestamp.Add(heldAfter)) {
		return nil
	}
	count := len(pod.Finalizers)
	return &Finding{Reason: ReasonPodHeld, Message: fmt.Sprintf("%s %s of pod %s/%s, which was to be gone at %s, %s it on the node. Find out why its controller does not remove it.",
		message.Verb(count, "Finalizer", "Finalizers"), message.List(pod.Finalizers), pod.Namespace, pod.Name,
		pod.DeletionTimestamp.UTC().Format("2006-01-02 15:04:05 UTC"), message.Verb(count, "keeps", "keep"))}
}
