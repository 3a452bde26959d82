package peeredcluster

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// announce makes an event of each transition of a condition other than the
// abnormal ones, which repeat what a step says.
func (p *pass) announce(was []metav1.Condition) {
	for _, changed := range conditions.Transitions(was, p.object.Status.Conditions) {
		if changed.Type == v1alpha1.ConditionReconciling || changed.Type == v1alpha1.ConditionStalled {
			continue
		}
		kind := corev1.EventTypeNormal
		if changed.Status == metav1.ConditionFalse && p.stalled() {
			kind = corev1.EventTypeWarning
		}
		p.tell(kind, changed.Reason, changed.Message)
	}
}

func (p *pass) stalled() bool {
	return meta.IsStatusConditionTrue(p.object.Status.Conditions, v1alpha1.ConditionStalled)
}

// longestNote is what the API server allows for an event's note.
const longestNote = 1024

func (p *pass) tell(kind, reason, note string) {
	p.Events.Eventf(p.object, nil, kind, reason, "Reconcile", "%s", shortened(note, longestNote))
}
