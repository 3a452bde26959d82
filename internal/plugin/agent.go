package plugin

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/plugin/diagnosis"
)

// lookAtAgent notes at a pod's end how Cilium's agent on its node is.
func (s *session) lookAtAgent(ctx context.Context, end *diagnosis.End, kubeContext string) error {
	if end.Pod == nil || end.Pod.Spec.NodeName == "" {
		return nil
	}
	kube, err := s.inContext(kubeContext)
	if err == nil {
		end.Agent = agentOn(ctx, kube, ciliumNamespace(*end), end.Pod.Spec.NodeName)
	}
	return err
}

// agentOn looks for the agent's pod on a node. Where there is none, the node may be of a kind that has none.
func agentOn(ctx context.Context, kube client.Reader, namespace, name string) diagnosis.Agent {
	pods := &corev1.PodList{}
	if err := kube.List(ctx, pods, client.InNamespace(namespace), client.MatchingFields{"spec.nodeName": name}); err != nil {
		return diagnosis.Agent{Unread: explain(err)}
	}
	pods.Items = slices.DeleteFunc(pods.Items, func(pod corev1.Pod) bool {
		owner := metav1.GetControllerOf(&pod)
		return owner == nil || owner.Kind != "DaemonSet" || owner.Name != cilium.DaemonSetName
	})
	if agent := cilium.AgentOn(name, pods.Items); agent != nil {
		return diagnosis.Agent{Namespace: namespace, Name: agent.Name, Ready: agent.Ready && !agent.Deleting, Failing: agent.CrashLooping}
	}
	node := &corev1.Node{}
	if err := kube.Get(ctx, client.ObjectKey{Name: name}, node); err != nil && !apierrors.IsNotFound(err) {
		return diagnosis.Agent{Unread: explain(err)}
	}
	return diagnosis.Agent{Namespace: namespace, NotForNode: cilium.RunsNoAgent(node.Labels)}
}
