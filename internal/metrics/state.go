package metrics

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// State is where an object stands as a whole. Each object is in exactly one.
type State string

// The states. Stalled and Deleting come before what Ready says.
const (
	Ready State = "Ready"
	// Reconciling is in progress; it gets further without a person.
	Reconciling State = "Reconciling"
	// Held is not Ready as somebody asked for: paused, Plan, waiting for an approval or a window.
	Held State = "Held"
	// Unknown was not looked at yet, or cannot be determined now.
	Unknown State = "Unknown"
	// Stalled needs a person.
	Stalled State = "Stalled"
	// Deleting is being deleted, and gets further.
	Deleting State = "Deleting"
)

// States lists them all.
func States() []State { return []State{Ready, Reconciling, Held, Unknown, Stalled, Deleting} }

// StateOf reads the state of an object from its conditions.
func StateOf(object Object) State {
	found := *object.StatusConditions()
	switch {
	case faulty(found):
		return Stalled
	case !object.GetDeletionTimestamp().IsZero():
		return Deleting
	case meta.IsStatusConditionTrue(found, v1alpha1.ConditionReady):
		return Ready
	case meta.IsStatusConditionTrue(found, v1alpha1.ConditionReconciling):
		return Reconciling
	case meta.IsStatusConditionFalse(found, v1alpha1.ConditionReady):
		return Held
	default:
		return Unknown
	}
}

// faulty: Stalled, and not at rest as somebody asked for.
func faulty(found []metav1.Condition) bool {
	stalled := meta.FindStatusCondition(found, v1alpha1.ConditionStalled)
	return stalled != nil && stalled.Status == metav1.ConditionTrue && !v1alpha1.AtRest(stalled.Reason)
}
