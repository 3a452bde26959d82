package conditions

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// summary is what the three conditions of kstatus say.
type summary struct {
	ready       metav1.Condition
	reconciling *metav1.Condition
	stalled     *metav1.Condition
}

// summarize reads the steps' conditions as they are after this pass, kept ones
// included.
func (r *Report) summarize(conditions map[string]metav1.Condition) summary {
	if r.overall != nil {
		return summaryOf(*r.overall)
	}
	sum := summary{ready: conditionOf(v1alpha1.ConditionReady, r.ready)}
	if failing := r.failing(conditions); failing != nil {
		sum.ready = named(v1alpha1.ConditionReady, failing.Status, *failing)
	}
	sum.stalled = r.first(conditions, v1alpha1.ConditionStalled, func(p Progress) bool { return p == Stalled })
	if sum.stalled == nil {
		// One or the other: kstatus looks at Reconciling first, and would hide that
		// a person is needed.
		sum.reconciling = r.first(conditions, v1alpha1.ConditionReconciling, Progress.working)
	}
	return sum
}

// failing is the step that Ready speaks of: the first that is False, else the
// first that is Unknown, nil when all are True.
func (r *Report) failing(conditions map[string]metav1.Condition) *metav1.Condition {
	for _, status := range []metav1.ConditionStatus{metav1.ConditionFalse, metav1.ConditionUnknown} {
		for _, step := range r.steps {
			if condition := conditions[step]; r.counts(step) && condition.Status == status {
				return &condition
			}
		}
	}
	return nil
}

// first makes a condition of the first counted step that matches.
func (r *Report) first(conditions map[string]metav1.Condition, conditionType string, matches func(Progress) bool) *metav1.Condition {
	for _, step := range r.steps {
		if !r.counts(step) {
			continue
		}
		condition := named(conditionType, metav1.ConditionTrue, conditions[step])
		verdict, given := r.verdicts[step]
		if given && matches(verdict.Progress) || !given && says(conditions[conditionType], condition) {
			return &condition
		}
	}
	return nil
}

// says reports whether the former pass passed on the same of a step that is now
// kept: Stalled does not go away because a pass could not look.
func says(former, now metav1.Condition) bool {
	return former.Reason == now.Reason && former.Message == now.Message
}

func summaryOf(verdict Verdict) summary {
	sum := summary{ready: conditionOf(v1alpha1.ConditionReady, verdict)}
	abnormal := conditionOf("", verdict)
	abnormal.Status = metav1.ConditionTrue
	switch {
	case verdict.Progress == Stalled:
		abnormal.Type = v1alpha1.ConditionStalled
		sum.stalled = &abnormal
	case verdict.Progress.working():
		abnormal.Type = v1alpha1.ConditionReconciling
		sum.reconciling = &abnormal
	}
	return sum
}

// named makes a condition that passes on what a step says, and names the step.
func named(conditionType string, status metav1.ConditionStatus, step metav1.Condition) metav1.Condition {
	return metav1.Condition{
		Type:    conditionType,
		Status:  status,
		Reason:  step.Reason,
		Message: bounded(step.Type+": "+step.Message, longestMessage),
	}
}

func conditionOf(conditionType string, verdict Verdict) metav1.Condition {
	return metav1.Condition{
		Type:    conditionType,
		Status:  verdict.Progress.status(),
		Reason:  verdict.Reason,
		Message: bounded(verdict.Message, longestMessage),
	}
}
