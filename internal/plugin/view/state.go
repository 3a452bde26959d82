package view

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// State is how something stands.
type State string

const (
	// Good is as it should be.
	Good State = "Good"
	// Working is on its way, and needs nobody.
	Working State = "Working"
	// AtRest waits for a person who asked for it: paused, planned, to be approved.
	AtRest State = "AtRest"
	// Bad does not get on without a person.
	Bad State = "Bad"
	// Unknown is not known.
	Unknown State = "Unknown"
)

// symbols are one column wide.
var symbols = map[State]string{Good: "✔", Working: "↻", AtRest: "‖", Bad: "✖", Unknown: "?"}

// Symbol is one character for the state.
func (s State) Symbol() string { return symbols[s] }

// worst is the state that somebody must see first.
func worst(states ...State) State {
	for _, state := range []State{Bad, Unknown, AtRest, Working} {
		if slices.Contains(states, state) {
			return state
		}
	}
	return Good
}

// object is what the three kinds have in common.
type object struct {
	generation, observed int64
	conditions           []metav1.Condition
}

// State of an object as kstatus reads its conditions: Stalled before Ready, and nothing of an older generation counts.
func (o object) state() State {
	stalled := meta.FindStatusCondition(o.conditions, v1alpha1.ConditionStalled)
	ready := meta.FindStatusCondition(o.conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil || o.observed != o.generation:
		return Unknown
	case stalled != nil && stalled.Status == metav1.ConditionTrue && v1alpha1.AtRest(stalled.Reason):
		return AtRest
	case stalled != nil && stalled.Status == metav1.ConditionTrue:
		return Bad
	case ready.Status == metav1.ConditionTrue:
		return Good
	case ready.Status == metav1.ConditionUnknown:
		return Unknown
	}
	return Working
}

// step is the item of one condition; in an object that does not get on, what is False is what stops it.
func (o object) step(kind string) (Item, bool) {
	condition := meta.FindStatusCondition(o.conditions, kind)
	if condition == nil {
		return Item{}, false
	}
	since := condition.LastTransitionTime.Time
	item := Item{Name: kind, State: Good, Reason: condition.Reason, Message: condition.Message, Since: &since}
	switch {
	case condition.Status == metav1.ConditionUnknown:
		item.State = Unknown
	case condition.Status == metav1.ConditionFalse && v1alpha1.AtRest(condition.Reason):
		item.State = AtRest
	case condition.Status == metav1.ConditionFalse && o.state() == Bad:
		item.State = Bad
	case condition.Status == metav1.ConditionFalse:
		item.State = Working
	}
	return item, true
}

// notSeen says that nobody has looked at an object yet.
func (o object) notSeen() string {
	if len(o.conditions) == 0 {
		return "No manager has looked at it yet. Run: kubectl crossvpc check. If a manager acts, its log says what stops it."
	}
	return "Its spec is newer than its status: no manager has looked at it since. Run: kubectl crossvpc check. If a manager acts, its log says what stops it."
}

// head is the item of the object itself.
func (o object) head(name string) Item {
	item := Item{Name: name, State: o.state()}
	ready := meta.FindStatusCondition(o.conditions, v1alpha1.ConditionReady)
	if ready == nil || o.observed != o.generation {
		item.Message = o.notSeen()
		return item
	}
	since := ready.LastTransitionTime.Time
	item.Since, item.Reason, item.Message = &since, ready.Reason, ready.Message
	return item
}

// Worst is the state of what somebody must see first.
func Worst(items []Item) State {
	var states []State
	for _, item := range items {
		states = append(states, item.State)
	}
	return worst(states...)
}
