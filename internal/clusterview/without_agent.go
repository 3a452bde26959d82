package clusterview

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// WithoutAgent tells nodes apart that the agent's DaemonSet puts no pod on, by label (Fargate), node selector and
// affinity, or taint: for those who do not read the whole cluster. Where the DaemonSet is not there, or may not be
// read, it goes by labels.
func WithoutAgent(ctx context.Context, kube client.Reader, namespace string) (func(*corev1.Node) bool, error) {
	agents := &appsv1.DaemonSet{}
	err := kube.Get(ctx, client.ObjectKey{Namespace: namespace, Name: cilium.DaemonSetName}, agents)
	switch {
	case apierrors.IsNotFound(err), apierrors.IsForbidden(err):
		return func(node *corev1.Node) bool { return cilium.RunsNoAgent(node.Labels) }, nil
	case err != nil:
		return nil, fmt.Errorf("reading DaemonSet %s/%s: %w", namespace, cilium.DaemonSetName, err)
	}
	placed := placementOf(agents)
	return func(node *corev1.Node) bool { return cilium.RunsNoAgent(node.Labels) || placed.bars(node) != "" }, nil
}
