package driver

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// Mark writes the record on a node; nil removes it. Together with a cordon it is
// one patch, so that no cordon of ours is ever without the record that says so.
type Mark struct {
	Node    string
	NodeUID types.UID
	Record  *rollout.Record
	// Cordon: nil leaves schedulability alone.
	Cordon *bool
}

// Apply writes the mark under an optimistic lock: what somebody else did to the
// node since it was read is a conflict, and the next pass plans anew.
func (m Mark) Apply(ctx context.Context, kube client.Client, seen *corev1.Node) error {
	if seen.UID != m.NodeUID {
		return fmt.Errorf("node %s is another one than was planned for", m.Node)
	}
	node := seen.DeepCopy()
	if err := m.write(node); err != nil {
		return err
	}
	if err := kube.Patch(ctx, node, client.MergeFromWithOptions(seen, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("marking node %s: %w", m.Node, err)
	}
	// Later steps of the same pass write on top of this one.
	*seen = *node
	return nil
}

func (m Mark) write(node *corev1.Node) error {
	if m.Cordon != nil {
		node.Spec.Unschedulable = *m.Cordon
	}
	if m.Record == nil {
		delete(node.Annotations, rollout.Annotation)
		return nil
	}
	encoded, err := m.Record.Encode()
	if err != nil {
		return err
	}
	if node.Annotations == nil {
		node.Annotations = map[string]string{}
	}
	node.Annotations[rollout.Annotation] = encoded
	return nil
}

// RestartAgent deletes one agent pod; its DaemonSet makes it anew. A pod that is
// gone, or was made anew already, is left alone.
func RestartAgent(ctx context.Context, kube client.Client, namespace, name string, uid types.UID) error {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	err := kube.Delete(ctx, pod, client.Preconditions(metav1.Preconditions{UID: &uid}))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting agent pod %s/%s: %w", namespace, name, err)
	}
	return nil
}
