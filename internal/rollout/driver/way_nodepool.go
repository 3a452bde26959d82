package driver

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// nodePool has Karpenter replace nodes.
var nodePool = acts{rollout.StepMarkNodePool: markPlanned}

// markPlanned marks a NodePool once that is in status.
func markPlanned(ctx context.Context, on *Cluster, step rollout.Step) error {
	if err := on.Recorder.RecordNodePool(ctx, step.NodePool, step.Mark); err != nil {
		return err
	}
	if err := MarkNodePool(ctx, on.Client, step.NodePool, step.NodePoolUID, step.Mark); err != nil {
		return err
	}
	return on.Recorder.NodePoolMarked(ctx, step.NodePool)
}

// MarkNodePool sets the annotation by server-side apply, as the manager of that one key and never by force: where
// somebody else has the key with another value, the API server refuses. The UID makes sure that it is the NodePool that
// was planned for, and that none is made.
func MarkNodePool(ctx context.Context, kube client.Client, name string, uid types.UID, mark string) error {
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": name, "uid": string(uid)},
		"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
			"annotations": map[string]any{podrules.NodePoolAnnotation: mark},
		}}},
	}}
	object.SetGroupVersionKind(podrules.NodePoolKind)
	err := kube.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(podrules.NodePoolManager))
	if apierrors.IsConflict(err) { // the next reconciliation sees who has it
		return err
	}
	if err != nil {
		return fmt.Errorf("marking NodePool %s: %w", name, err)
	}
	return nil
}
