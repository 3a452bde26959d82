package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// NodePoolManager is the field manager of the one annotation that we own in a NodePool.
const NodePoolManager = "crossvpc"

// NodePool is what we read of a karpenter.sh/v1 NodePool. Karpenter's own types would bring its whole module.
type NodePool struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     struct {
		Template struct {
			Metadata struct {
				Annotations map[string]string `json:"annotations"`
			} `json:"metadata"`
		} `json:"template"`
		Disruption struct {
			Budgets []DisruptionBudget `json:"budgets"`
		} `json:"disruption"`
		// Replicas is set on a static NodePool.
		Replicas *int64 `json:"replicas"`
	} `json:"spec"`
}

// Mark is the annotation's value in the template; empty: none.
func (n *NodePool) Mark() string {
	return n.Spec.Template.Metadata.Annotations[rollout.NodePoolAnnotation]
}

// MarkManager is the field manager that has the annotation, which may be ours, and since when; empty where nobody has.
func (n *NodePool) MarkManager() (string, time.Time) {
	return n.lastManager("f:spec", "f:template", "f:metadata", "f:annotations", "f:"+rollout.NodePoolAnnotation)
}

// LastWriter is the field manager other than ours that wrote the spec last.
func (n *NodePool) LastWriter() string {
	manager, _ := n.lastManager("f:spec")
	return manager
}

// lastManager of the given field. Others come before ours: where both have it, both agree, and theirs is the one that
// would put it back.
func (n *NodePool) lastManager(path ...string) (string, time.Time) {
	var last, own metav1.ManagedFieldsEntry
	for _, entry := range n.Metadata.ManagedFields {
		switch {
		case entry.Subresource != "" || !owns(entry, path):
		case entry.Manager == NodePoolManager:
			own = entry
		case last.Time == nil || entry.Time != nil && last.Time.Before(entry.Time):
			last = entry
		}
	}
	if last.Manager == "" {
		last = own
	}
	if last.Time == nil {
		return last.Manager, time.Time{}
	}
	return last.Manager, last.Time.Time
}

func owns(entry metav1.ManagedFieldsEntry, path []string) bool {
	if entry.FieldsV1 == nil {
		return false
	}
	var fields map[string]any
	if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
		return false
	}
	for _, key := range path {
		deeper, ok := fields[key].(map[string]any)
		if !ok {
			return false
		}
		fields = deeper
	}
	return true
}

// MarkNodePool sets the annotation by server-side apply, as the manager of that one key and never by force: where
// somebody else has the key with another value, the API server refuses. The UID makes sure that it is the NodePool that
// was planned for, and that none is made.
func MarkNodePool(ctx context.Context, kube client.Client, name string, uid types.UID, mark string) error {
	object := &unstructured.Unstructured{Object: map[string]any{
		"metadata": map[string]any{"name": name, "uid": string(uid)},
		"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
			"annotations": map[string]any{rollout.NodePoolAnnotation: mark},
		}}},
	}}
	object.SetGroupVersionKind(nodePoolKind)
	err := kube.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(NodePoolManager))
	if apierrors.IsConflict(err) { // the next pass sees who has it
		return err
	}
	if err != nil {
		return fmt.Errorf("marking NodePool %s: %w", name, err)
	}
	return nil
}
