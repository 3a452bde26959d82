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

// Mark writes the record on a node; nil removes it. Together with a cordon it is one patch, so that no cordon of ours
// is ever without the record that says so.
type Mark struct {
	Node    string
	NodeUID types.UID
	Record  *rollout.Record
	// Cordon: nil leaves schedulability alone. False lifts a cordon only where the node's own record says that it is ours
	// (N3).
	Cordon *bool
}

// Apply writes the mark under an optimistic lock: what somebody else did to the node since it was read is a conflict,
// and the next reconciliation plans again. A node that somebody else cordoned is not cordoned once more, as its cordon would then
// count as ours. seen becomes the node as it is afterwards, for later steps of the same reconciliation.
func (m Mark) Apply(ctx context.Context, kube client.Client, seen *corev1.Node) error {
	if seen.UID != m.NodeUID {
		return fmt.Errorf("node %s is not the node that was planned for", m.Node)
	}
	node := seen.DeepCopy()
	if err := m.write(node); err != nil {
		return err
	}
	if err := kube.Patch(ctx, node, client.MergeFromWithOptions(seen, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("marking node %s: %w", m.Node, err)
	}
	*seen = *node
	return nil
}

func (m Mark) write(node *corev1.Node) error {
	was, _ := rollout.ParseRecord(node.Annotations[rollout.Annotation])
	if err := m.cordon(node); err != nil {
		return err
	}
	record := guarded(node, was, m.Record)
	if record == nil {
		delete(node.Annotations, rollout.Annotation)
		return nil
	}
	encoded, err := record.Encode()
	if err != nil {
		return err
	}
	metav1.SetMetaDataAnnotation(&node.ObjectMeta, rollout.Annotation, encoded)
	return nil
}

func (m Mark) cordon(node *corev1.Node) error {
	switch ours := cordonIsOurs(node); {
	case m.Cordon == nil, !*m.Cordon && !ours:
	case *m.Cordon && node.Spec.Unschedulable && !ours:
		return fmt.Errorf("node %s is cordoned by somebody else", node.Name)
	default:
		node.Spec.Unschedulable = *m.Cordon
	}
	return nil
}

func cordonIsOurs(node *corev1.Node) bool {
	record, err := rollout.ParseRecord(node.Annotations[rollout.Annotation])
	return err == nil && record.Cordoned
}

// markNode writes the step's record, and leaves the node's schedulability alone.
func markNode(ctx context.Context, on *Cluster, step rollout.Step) error {
	return on.mark(ctx, step, nil)
}

// mark writes our annotation, and the cordon with it.
func (c *Cluster) mark(ctx context.Context, step rollout.Step, cordon *bool) error {
	node := c.View.NodeNamed(step.Node)
	if node == nil {
		return fmt.Errorf("node %s no longer exists", step.Node)
	}
	return Mark{Node: step.Node, NodeUID: step.NodeUID, Record: step.Record, Cordon: cordon}.Apply(ctx, c.Client, node)
}
