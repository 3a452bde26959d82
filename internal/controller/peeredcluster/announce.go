package peeredcluster

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// announce makes an event of each transition of a condition other than the
// abnormal ones, which repeat what a step says.
func (s *subject) announce(was []metav1.Condition) {
	for _, changed := range conditions.Transitions(was, s.object.Status.Conditions) {
		if changed.Type == v1alpha1.ConditionReconciling || changed.Type == v1alpha1.ConditionStalled {
			continue
		}
		kind := corev1.EventTypeNormal
		if changed.Status == metav1.ConditionFalse && s.stalled() {
			kind = corev1.EventTypeWarning
		}
		s.tell(kind, changed.Reason, changed.Message)
	}
}
