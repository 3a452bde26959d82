package driver

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// restartAgent restarts agents, under their pods or on a node that was emptied.
var restartAgent = acts{
	rollout.StepBegin:        markNode,
	rollout.StepRestartAgent: restartPlanned,
	rollout.StepFinish:       markNode,
}

// restartPlanned leaves an agent alone that is another than the one that was planned for.
func restartPlanned(ctx context.Context, on *Cluster, step rollout.Step) error {
	agent := on.View.AgentPod(step.Node)
	if agent == nil || agent.UID != step.AgentUID {
		return nil
	}
	return RestartAgent(ctx, on.Client, agent.Namespace, agent.Name, agent.UID)
}

// RestartAgent deletes one agent pod; its DaemonSet recreates it. A pod that is gone, or was recreated already, is
// left alone.
func RestartAgent(ctx context.Context, kube client.Client, namespace, name string, uid types.UID) error {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	err := kube.Delete(ctx, pod, client.Preconditions(metav1.Preconditions{UID: &uid}))
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting agent pod %s/%s: %w", namespace, name, err)
	}
	return nil
}
