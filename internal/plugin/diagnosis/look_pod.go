package diagnosis

import corev1 "k8s.io/api/core/v1"

// source and destination are the two ends of the evidence.
func source(e Evidence) End      { return e.From }
func destination(e Evidence) End { return e.To }

// podRuns looks at the pod of an end, where one was named.
func podRuns(end func(Evidence) End) func(Evidence) result {
	return func(e Evidence) result {
		pod := end(e).Pod
		switch {
		case pod == nil:
			return holds("No pod was named.")
		case pod.Status.Phase != corev1.PodRunning || pod.Status.PodIP == "":
			return fails("Pod %s/%s is %s and has no address that answers. Name one that runs.", pod.Namespace, pod.Name, pod.Status.Phase)
		case pod.Spec.HostNetwork:
			return fails("Pod %s/%s is on its node's network, so it says nothing about pods: a node gets through where pods fail. Name one that is not.", pod.Namespace, pod.Name)
		}
		return holds("Pod %s/%s has %s on node %s.", pod.Namespace, pod.Name, pod.Status.PodIP, pod.Spec.NodeName)
	}
}
