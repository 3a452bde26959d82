package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// runningStatus is the status of a pod whose container has started.
func runningStatus(pod *corev1.Pod, host string, address netip.Addr, now time.Time) corev1.PodStatus {
	first, at, started := pod.Spec.Containers[0], metav1.NewTime(now), true
	status := corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &at, QOSClass: pod.Status.QOSClass,
		HostIP: host, HostIPs: []corev1.HostIP{{IP: host}}, PodIP: address.String(), PodIPs: []corev1.PodIP{{IP: address.String()}},
		Conditions: pod.Status.Conditions,
		ContainerStatuses: []corev1.ContainerStatus{{
			Name: first.Name, Image: first.Image, Ready: true, Started: &started,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}},
		}},
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady} {
		setCondition(&status, kind, corev1.ConditionTrue, "", at)
	}
	return status
}

// endedStatus is that of a pod whose container has ended, and is not started again.
func endedStatus(status corev1.PodStatus, code int, message string, now time.Time) corev1.PodStatus {
	status = *status.DeepCopy()
	first, at, started := &status.ContainerStatuses[0], metav1.NewTime(now), false
	reason := "Completed"
	status.Phase = corev1.PodSucceeded
	if code != 0 {
		status.Phase, reason = corev1.PodFailed, "Error"
	}
	first.Ready, first.Started = false, &started
	first.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: int32(code), Reason: reason, Message: message, StartedAt: first.State.Running.StartedAt, FinishedAt: at,
	}}
	setCondition(&status, corev1.PodReady, corev1.ConditionFalse, "PodCompleted", at)
	setCondition(&status, corev1.ContainersReady, corev1.ConditionFalse, "PodCompleted", at)
	return status
}

func setCondition(status *corev1.PodStatus, kind corev1.PodConditionType, value corev1.ConditionStatus, reason string, at metav1.Time) {
	for i := range status.Conditions {
		if c := &status.Conditions[i]; c.Type == kind {
			c.Status, c.Reason, c.LastTransitionTime = value, reason, at
			return
		}
	}
	status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: value, Reason: reason, LastTransitionTime: at})
}

// writeStatus writes a pod's status whole, as its kubelet does; a pod that is gone is no error.
func (c *Cluster) writeStatus(ctx context.Context, pod *corev1.Pod, status corev1.PodStatus) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": pod.UID}, "status": status})
	if err != nil {
		return fmt.Errorf("status of pod %s: %w", pod.Name, err)
	}
	_, err = c.client.Resource(podsResource).Namespace(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("status of pod %s: %w", pod.Name, err)
	}
	return nil
}

// letGo removes the object of a pod that has been deleted and has ended.
func (c *Cluster) letGo(ctx context.Context, pod *corev1.Pod) error {
	now := int64(0)
	err := c.client.Resource(podsResource).Namespace(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &pod.UID},
	})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("let pod %s go: %w", pod.Name, err)
	}
	return nil
}
