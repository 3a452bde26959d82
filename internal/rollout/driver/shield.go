package driver

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// ReasonNodeRefuses is the reason of a node that its owner asked Karpenter not to disturb.
const ReasonNodeRefuses = "NodeRefusesDisruption"

// shield keeps Karpenter from consolidating a node of its own while we have it: an emptied node is what it looks for
// (pkg/controllers/disruption/emptiness.go), and an annotation on the node stops it (ValidateNodeDisruptable in
// pkg/controllers/state/statenode.go). The record remembers that the annotation is ours, so that it goes with the
// cordon, and one that was there before stays.
func shield(node *corev1.Node, was, record *rollout.Record) *rollout.Record {
	shielded := was != nil && was.Shielded
	switch holds := record != nil && record.Cordoned; {
	case !holds && shielded:
		delete(node.Annotations, doNotDisrupt)
	case holds && !shielded && node.Labels[NodePoolLabel] != "" && node.Annotations[doNotDisrupt] == "":
		metav1.SetMetaDataAnnotation(&node.ObjectMeta, doNotDisrupt, "true")
		shielded = true
	}
	if record == nil || record.Shielded == shielded && record.Cordoned {
		return record
	}
	marked := *record
	marked.Shielded = shielded && record.Cordoned
	return &marked
}

// NodeRefusal says that the node itself must not be disturbed; nil when it may. Our own shield refuses nothing.
func NodeRefusal(node *corev1.Node, record *rollout.Record) *rollout.Finding {
	if node.Annotations[doNotDisrupt] != "true" || record != nil && record.Shielded {
		return nil
	}
	return &rollout.Finding{Reason: ReasonNodeRefuses, Message: "it has the annotation " + doNotDisrupt + "; remove that when it may be replaced"}
}
