package driver

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// shield keeps Karpenter from consolidating a node of its own while we have it: an emptied node is what it looks for
// (pkg/controllers/disruption/emptiness.go), and an annotation on the node stops it (ValidateNodeDisruptable in
// pkg/controllers/state/statenode.go). The record remembers that the annotation is ours, so that it goes with the
// cordon, and one that was there before stays.
func shield(node *corev1.Node, was, record *rollout.Record) *rollout.Record {
	shielded := was.HasShield()
	switch holds := record != nil && record.Cordoned; {
	case !holds && shielded:
		delete(node.Annotations, podrules.DoNotDisrupt)
	case holds && !shielded && node.Labels[podrules.NodePoolLabel] != "" && node.Annotations[podrules.DoNotDisrupt] == "":
		metav1.SetMetaDataAnnotation(&node.ObjectMeta, podrules.DoNotDisrupt, "true")
		shielded = true
	}
	if record == nil || record.Shielded == shielded && record.Cordoned {
		return record
	}
	marked := *record
	marked.Shielded = shielded && record.Cordoned
	return &marked
}
