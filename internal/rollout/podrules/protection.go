package podrules

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// protection says that a pod's annotation [DoNotDisrupt] is in force; nil where it is not. It is read as Karpenter does:
// "true" is forever, a positive Go duration counts from the pod's start, any other value is none (IsDoNotDisruptActive in
// pkg/utils/pod/scheduling.go of sigs.k8s.io/karpenter, since 1.12). A pod that has not started yet is protected.
func protection(pod *corev1.Pod, now time.Time) *Finding {
	value := pod.Annotations[DoNotDisrupt]
	says := fmt.Sprintf("Pod %s/%s has the annotation %s: %q", pod.Namespace, pod.Name, DoNotDisrupt, value)
	if value == "true" {
		return &Finding{Reason: ReasonPodRefuses, Message: says + ". Remove it, or move the pod."}
	}
	duration, limited := protectedFor(value)
	if !limited {
		return nil
	}
	if pod.Status.StartTime == nil {
		return &Finding{Reason: ReasonPodRefusesForNow, Message: says + ", which counts from the start of the pod, and it has not started yet. The rollout continues after that time."}
	}
	until := pod.Status.StartTime.Add(duration)
	if !now.Before(until) {
		return nil
	}
	return &Finding{Reason: ReasonPodRefusesForNow, Until: until, Message: fmt.Sprintf(
		"%s, which protects it until %s. The rollout continues then, or when you remove it.", says, until.UTC().Format("2006-01-02 15:04:05 UTC"))}
}

// protectedFor reads a limited time.
func protectedFor(value string) (time.Duration, bool) {
	duration, err := time.ParseDuration(value)
	return duration, err == nil && duration > 0
}

// ProtectionEnded is when a pod's wish not to be disturbed for some time ended; the zero time: it did not, or
// there is none, as of a pod that has ended.
func ProtectionEnded(pod *corev1.Pod, now time.Time) time.Time {
	duration, limited := protectedFor(pod.Annotations[DoNotDisrupt])
	if !limited || finished(pod) || pod.Status.StartTime == nil || now.Before(pod.Status.StartTime.Add(duration)) {
		return time.Time{}
	}
	return pod.Status.StartTime.Add(duration)
}
