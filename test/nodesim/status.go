package nodesim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// writeStatus writes a pod's status as its kubelet does, whole; a pod that is gone by now is no error.
func (s *Sim) writeStatus(ctx context.Context, pod *corev1.Pod, a *agent, status corev1.PodStatus) error {
	a.status = status
	patch, err := json.Marshal(map[string]corev1.PodStatus{"status": status})
	if err != nil {
		return fmt.Errorf("status of pod %s: %w", pod.Name, err)
	}
	err = s.client.Status().Patch(ctx, pod.DeepCopy(), client.RawPatch(types.MergePatchType, patch))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("status of pod %s: %w", pod.Name, err)
	}
	return nil
}

// startedStatus: the init container is through, the agent runs and is not Ready.
func startedStatus(pod *corev1.Pod, m *machine, began, ended time.Time) corev1.PodStatus {
	status := *pod.Status.DeepCopy()
	start := metav1.NewTime(began)
	status.Phase, status.StartTime = corev1.PodRunning, &start
	address := m.instance.address.String()
	status.HostIP, status.HostIPs = address, []corev1.HostIP{{IP: address}}
	status.PodIP, status.PodIPs = address, []corev1.PodIP{{IP: address}}
	init := pod.Spec.InitContainers[0]
	status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name: init.Name, Image: init.Image, Ready: true,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			Reason: "Completed", StartedAt: start, FinishedAt: metav1.NewTime(ended),
		}},
	}}
	setCondition(&status, corev1.PodInitialized, corev1.ConditionTrue, "", ended)
	running(&status, pod, 0, false, ended)
	return status
}

// restartedStatus: the agent's container runs again; the init containers do not.
func restartedStatus(pod *corev1.Pod, a *agent, now time.Time) corev1.PodStatus {
	status := *a.status.DeepCopy()
	running(&status, pod, a.restarts, false, now)
	return status
}

func readyStatus(a *agent, now time.Time) corev1.PodStatus {
	status := *a.status.DeepCopy()
	status.ContainerStatuses[0].Ready = true
	setReady(&status, true, now)
	return status
}

// crashedStatus: the container exited and waits for its next start.
func crashedStatus(pod *corev1.Pod, a *agent, cause error, backoff time.Duration, now time.Time) corev1.PodStatus {
	status := *a.status.DeepCopy()
	container := &status.ContainerStatuses[0]
	exit := &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error", Message: cause.Error(), FinishedAt: metav1.NewTime(now)}
	if container.State.Running != nil {
		exit.StartedAt = container.State.Running.StartedAt
	}
	started := false
	container.Ready, container.Started = false, &started
	container.LastTerminationState = corev1.ContainerState{Terminated: exit}
	container.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason:  "CrashLoopBackOff",
		Message: fmt.Sprintf("back-off %s restarting failed container=%s pod=%s", backoff, agentContainer, pod.Name),
	}}
	setReady(&status, false, now)
	return status
}

func running(status *corev1.PodStatus, pod *corev1.Pod, restarts int32, ready bool, now time.Time) {
	var last corev1.ContainerState
	if len(status.ContainerStatuses) > 0 {
		last = status.ContainerStatuses[0].LastTerminationState
	}
	started := true
	status.ContainerStatuses = []corev1.ContainerStatus{{
		Name: pod.Spec.Containers[0].Name, Image: pod.Spec.Containers[0].Image, RestartCount: restarts, Ready: ready, Started: &started,
		State:                corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now)}},
		LastTerminationState: last,
	}}
	setReady(status, ready, now)
}

func setReady(status *corev1.PodStatus, ready bool, now time.Time) {
	value, reason := corev1.ConditionTrue, ""
	if !ready {
		value, reason = corev1.ConditionFalse, "ContainersNotReady"
	}
	setCondition(status, corev1.PodReady, value, reason, now)
	setCondition(status, corev1.ContainersReady, value, reason, now)
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, value corev1.ConditionStatus, reason string, now time.Time) {
	for i := range status.Conditions {
		if c := &status.Conditions[i]; c.Type == kind {
			if c.Status != value {
				c.LastTransitionTime = metav1.NewTime(now)
			}
			c.Status, c.Reason = value, reason
			return
		}
	}
	status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: value, Reason: reason, LastTransitionTime: metav1.NewTime(now)})
}
