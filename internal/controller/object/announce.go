package object

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Announcer tells of one object by events.
type Announcer struct {
	Recorder events.EventRecorder
	Object   Object
}

// Tell says that something went as it should.
func (a Announcer) Tell(reason, action, note string) {
	a.event(corev1.EventTypeNormal, reason, action, note)
}

// Warn says that somebody should look.
func (a Announcer) Warn(reason, action, note string) {
	a.event(corev1.EventTypeWarning, reason, action, note)
}

func (a Announcer) event(kind, reason, action, note string) {
	a.Recorder.Eventf(a.Object, nil, kind, reason, action, "%s", message.Note(note))
}

// Changed tells of conditions that changed, except the abnormal ones: they repeat what
// a step says.
func (a Announcer) Changed(changed []metav1.Condition, action string) {
	for _, condition := range changed {
		if condition.Type == v1alpha1.ConditionReconciling || condition.Type == v1alpha1.ConditionStalled {
			continue
		}
		if a.needsPerson(condition) {
			a.Warn(condition.Reason, action, condition.Message)
		} else {
			a.Tell(condition.Reason, action, condition.Message)
		}
	}
}

// needsPerson: what is not as it should be warns if nobody but a person gets it further.
func (a Announcer) needsPerson(condition metav1.Condition) bool {
	stalled := meta.IsStatusConditionTrue(*a.Object.StatusConditions(), v1alpha1.ConditionStalled)
	if condition.Reason == v1alpha1.ReasonInUse { // also where it works until it goes
		return true
	}
	return condition.Status == metav1.ConditionFalse && stalled && !v1alpha1.AtRest(condition.Reason)
}

// Ready is the condition Ready among these, if it is.
func Ready(changed []metav1.Condition) []metav1.Condition {
	if ready := meta.FindStatusCondition(changed, v1alpha1.ConditionReady); ready != nil {
		return []metav1.Condition{*ready}
	}
	return nil
}
