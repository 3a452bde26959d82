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

// agent looks at the agent on the pod's node: it gives pods their rules and policies, and the cluster's conditions are not
// about a node that it does not run on.
func agent(_ Evidence, end, _ End) result {
	found, pod := end.Agent, end.Pod
	switch {
	case pod == nil:
		return holds("No pod was named.")
	case end.Cluster.Status.Cilium != nil && end.Cluster.Status.Cilium.Backend == byAWSNode:
		return holds("Pods of PeeredCluster %s are routed by aws-node, and not by Cilium.", end.Cluster.Name)
	case found.Unread != "":
		return unclear("It cannot be told whether Cilium's agent runs on node %s: %s", pod.Spec.NodeName, found.Unread)
	case found.NotForNode:
		return unclear("Cilium does not run on node %s (Fargate, EKS Auto Mode or a hybrid node), so what it is set to says nothing about pod %s/%s. Name a pod on another node.", pod.Spec.NodeName, pod.Namespace, pod.Name)
	case found.Name == "":
		return fails("No agent of Cilium runs on node %s (namespace %s), so nobody keeps up the rules and policies of pod %s/%s. See the taints of the node, and: kubectl get daemonset cilium --namespace %s",
			pod.Spec.NodeName, found.Namespace, pod.Namespace, pod.Name, found.Namespace)
	case found.Failing:
		return fails("Cilium's agent %s/%s on node %s fails and is started again and again. See: kubectl logs --namespace %s %s --previous", found.Namespace, found.Name, pod.Spec.NodeName, found.Namespace, found.Name)
	case !found.Ready:
		return unclear("Cilium's agent %s/%s on node %s is not ready. See: kubectl describe pod --namespace %s %s", found.Namespace, found.Name, pod.Spec.NodeName, found.Namespace, found.Name)
	}
	return holds("Cilium's agent %s/%s runs on node %s.", found.Namespace, found.Name, pod.Spec.NodeName)
}
