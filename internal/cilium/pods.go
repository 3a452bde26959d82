package cilium

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Agent is a Cilium agent's pod.
type Agent struct {
	Name    string
	UID     string
	Version Version
	// Created is the pod's creation, by the API server's clock.
	Created time.Time
	// ConfigRead is when its init container had read the options, by the kubelet's
	// clock; zero if not known. A restart of the agent's container does not read
	// them again (docs/facts/cilium.md#what-reaches-a-pod-and-when).
	ConfigRead time.Time
	// Started is when the agent's container first started, by the kubelet's clock.
	Started time.Time
	Ready   bool
	// CrashLooping: the container waits to be started again after failures, as it
	// does when the agent refuses a value.
	CrashLooping bool
	Deleting     bool
}

// configRead is the latest time at which the agent may have read its options.
func (a Agent) configRead() time.Time {
	if a.ConfigRead.After(a.Created) {
		return a.ConfigRead
	}
	return a.Created
}

// Pod is a pod of the node, as far as its rules depend on the agent.
type Pod struct {
	Namespace, Name string
	HostNetwork     bool
	// Finished pods have no rules that matter.
	Finished bool
	// Started is status.startTime: when the kubelet accepted the pod, which is
	// before the agent gives it an address. Zero: not yet.
	Started time.Time
}

// dependsOnAgent: a pod that has not started gets its rules from the present
// agent or a later one.
func (p Pod) dependsOnAgent() bool {
	return !p.HostNetwork && !p.Finished && !p.Started.IsZero()
}

// OlderThan reports whether it runs and had its rules before that time.
func (p Pod) OlderThan(then time.Time) bool {
	return p.dependsOnAgent() && !p.Started.After(then)
}

// AgentFromPod reads an agent's pod.
func AgentFromPod(pod *corev1.Pod) Agent {
	agent := Agent{
		Name: pod.Name, UID: string(pod.UID), Version: versionOf(pod.Spec), Created: pod.CreationTimestamp.Time,
		Ready:    slices.ContainsFunc(pod.Status.Conditions, isReady),
		Deleting: pod.DeletionTimestamp != nil,
	}
	if status := containerStatus(pod.Status.InitContainerStatuses, "config"); status.State.Terminated != nil {
		agent.ConfigRead = status.State.Terminated.FinishedAt.Time
	}
	agent.Started = firstStart(pod, agent.ConfigRead)
	waiting := containerStatus(pod.Status.ContainerStatuses, agentContainerName).State.Waiting
	agent.CrashLooping = waiting != nil && waiting.Reason == "CrashLoopBackOff"
	return agent
}

// firstStart: a container that was restarted no longer says when it first
// started. Its init container's end is before that and after the end of the
// agent before it, because a DaemonSet makes the next pod when the last is gone.
func firstStart(pod *corev1.Pod, configRead time.Time) time.Time {
	status := containerStatus(pod.Status.ContainerStatuses, agentContainerName)
	switch {
	case status.RestartCount > 0 && !configRead.IsZero():
		return configRead
	case status.State.Running != nil:
		return status.State.Running.StartedAt.Time
	case status.State.Terminated != nil:
		return status.State.Terminated.StartedAt.Time
	}
	return pod.CreationTimestamp.Time
}

// AgentOn picks the agent of a node among its pods: the newest that is not on
// its way out, else the newest; nil if there is none.
func AgentOn(node string, pods []corev1.Pod) *Agent {
	var picked *Agent
	for i := range pods {
		if pods[i].Spec.NodeName != node || finished(pods[i].Status.Phase) {
			continue
		}
		agent := AgentFromPod(&pods[i])
		if picked == nil || picked.Deleting && !agent.Deleting || picked.Deleting == agent.Deleting && agent.Created.After(picked.Created) {
			picked = &agent
		}
	}
	return picked
}

// PodFromPod reads any other pod.
func PodFromPod(pod *corev1.Pod) Pod {
	read := Pod{Namespace: pod.Namespace, Name: pod.Name, HostNetwork: pod.Spec.HostNetwork, Finished: finished(pod.Status.Phase)}
	if pod.Status.StartTime != nil {
		read.Started = pod.Status.StartTime.Time
	}
	return read
}

func finished(phase corev1.PodPhase) bool {
	return phase == corev1.PodSucceeded || phase == corev1.PodFailed
}

func isReady(condition corev1.PodCondition) bool {
	return condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
}

func containerStatus(statuses []corev1.ContainerStatus, name string) corev1.ContainerStatus {
	for _, status := range statuses {
		if status.Name == name {
			return status
		}
	}
	return corev1.ContainerStatus{}
}
