package verification

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// longest is what status takes of a finding's message.
const longest = 1024

func finding(reason, format string, args ...any) v1alpha1.Finding {
	return v1alpha1.Finding{Reason: reason, Message: message.Cut(fmt.Sprintf(format, args...), longest)}
}

// Refused says why the API server of a cluster did not let a probe pod be made;
// false: nobody has to do anything about the error.
func Refused(cluster, namespace string, err error) (v1alpha1.Finding, bool) {
	said := message.Clause(err.Error())
	switch {
	case apierrors.IsNotFound(err):
		return finding(v1alpha1.ProbeNamespaceMissing, "Cluster %s has no namespace %s. Create it (kubectl apply -k config/cluster), or name another in verification.namespace.", cluster, namespace), true
	case apierrors.IsForbidden(err) && strings.Contains(said, "violates PodSecurity"):
		return finding(v1alpha1.ProbePodSecurity, "In cluster %s, namespace %s, PodSecurity refuses the probe pods although they comply with level restricted: %s.", cluster, namespace, said), true
	case apierrors.IsForbidden(err) && strings.Contains(said, "exceeded quota"):
		return finding(v1alpha1.ProbeQuota, "In cluster %s, namespace %s, a ResourceQuota has no room for %d probe pods: %s. Raise it.", cluster, namespace, 2*nodesPerCluster*podsPerNode, said), true
	case strings.Contains(said, "admission webhook"), strings.Contains(said, "ValidatingAdmissionPolicy"), apierrors.IsInvalid(err):
		return finding(v1alpha1.ProbeAdmission, "In cluster %s, namespace %s, an admission control refuses the probe pods: %s. Exempt them there.", cluster, namespace, said), true
	case apierrors.IsForbidden(err) && strings.Contains(said, "because it is being terminated"):
		return finding(v1alpha1.ProbeNamespaceMissing, "In cluster %s, namespace %s is being deleted. Create it again, or name another in verification.namespace.", cluster, namespace), true
	case apierrors.IsForbidden(err):
		return finding(v1alpha1.ReasonForbidden, "Cluster %s denies what probe pods need: %s. Check that namespace %s exists, and bind the Role crossvpc-probe of config/cluster there.", cluster, said, namespace), true
	default:
		return v1alpha1.Finding{}, false
	}
}

// notRunning are the findings about pods that did not come to run, or did not end
// with a result, one for each reason and cluster.
func (c Cluster) notRunning() []v1alpha1.Finding {
	var findings []v1alpha1.Finding
	for _, mode := range []string{modeServe, modeDial} {
		for _, pod := range c.of(mode) {
			found, ok := stuck(c.Name, pod)
			if ok && !slices.ContainsFunc(findings, func(f v1alpha1.Finding) bool { return f.Reason == found.Reason }) {
				findings = append(findings, found)
			}
		}
	}
	return findings
}

// pulling are the kubelet's words for an image that it does not get.
var pulling = []string{"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError", "SignatureValidationFailed"}

// stuck says why a pod does not run.
func stuck(cluster string, pod corev1.Pod) (v1alpha1.Finding, bool) {
	node := nodeOf(pod)
	switch waiting := waitingOf(pod); {
	case over(pod) || serves(pod):
		return v1alpha1.Finding{}, false
	case waiting != nil && slices.Contains(pulling, waiting.Reason):
		return finding(v1alpha1.ProbeImage, "Cluster %s, node %s: The image %s cannot be pulled (%s: %s). Nodes of both clusters must be able to pull it. If they cannot, set another with --probe-image.",
			cluster, node, pod.Spec.Containers[0].Image, waiting.Reason, waiting.Message), true
	case unschedulable(pod) != "":
		return finding(v1alpha1.ProbeNoNode, "Cluster %s, node %s: No probe pod can be scheduled: %s.", cluster, node, message.Clause(unschedulable(pod))), true
	case waiting != nil && waiting.Reason != "":
		return finding(v1alpha1.ProbeNotStarted, "Cluster %s, node %s: A probe pod did not start within %s (%s %s). See the events of pods in namespace %s.",
			cluster, node, serversDeadline, waiting.Reason, waiting.Message, pod.Namespace), true
	default:
		return finding(v1alpha1.ProbeNotStarted, "Cluster %s, node %s: A probe pod did not start within %s. Check the kubelet of the node.", cluster, node, serversDeadline), true
	}
}

func waitingOf(pod corev1.Pod) *corev1.ContainerStateWaiting {
	for _, status := range pod.Status.ContainerStatuses {
		if status.State.Waiting != nil {
			return status.State.Waiting
		}
	}
	return nil
}

func unschedulable(pod corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled && condition.Status == corev1.ConditionFalse {
			return condition.Message
		}
	}
	return ""
}
