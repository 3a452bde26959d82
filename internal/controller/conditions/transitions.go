package conditions

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Transitions are the conditions of after, in its order, whose status or reason
// differs from before: what events are made of. A condition that is new and
// Unknown is none.
func Transitions(before, after []metav1.Condition) []metav1.Condition {
	return slices.DeleteFunc(slices.Clone(after), func(now metav1.Condition) bool {
		was := meta.FindStatusCondition(before, now.Type)
		if was == nil {
			return now.Status == metav1.ConditionUnknown
		}
		return was.Status == now.Status && was.Reason == now.Reason
	})
}
