package podrules

import (
	"encoding/json"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// NodePoolAnnotation in the template of a Karpenter NodePool is the only key that we own there. Karpenter hashes the
// template, so a new value makes every node of the pool drift (NodePool.Hash in pkg/apis/v1 of sigs.k8s.io/karpenter);
// its own budgets, PodDisruptionBudgets and do-not-disrupt then rule. It is never taken away: that too would be drift.
const NodePoolAnnotation = "networking.crossvpc.io/native-routing-revision"

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
		// Replicas is set on a static NodePool, whose Limits may only be of nodes.
		Replicas *int64                       `json:"replicas"`
		Limits   map[string]resource.Quantity `json:"limits"`
	} `json:"spec"`
}

// Mark is the annotation's value in the template; empty: none.
func (n *NodePool) Mark() string {
	return n.Spec.Template.Metadata.Annotations[NodePoolAnnotation]
}

// MarkManager is the field manager that has the annotation, which may be ours, and since when; empty where nobody has.
func (n *NodePool) MarkManager() (string, time.Time) {
	return n.lastManager("f:spec", "f:template", "f:metadata", "f:annotations", "f:"+NodePoolAnnotation)
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
