package conditions

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// summary is what the three conditions of kstatus say.
type summary struct {
	ready       metav1.Condition
	reconciling *metav1.Condition
	stalled     *metav1.Condition
}

// summarize reads the steps' conditions as they are after this reconciliation, kept ones
// included.
func (r *Report) summarize(conditions map[string]metav1.Condition) summary {
	if r.overall != nil {
		return summaryOf(*r.overall)
	}
	sum := summary{ready: conditionOf(v1alpha1.ConditionReady, r.ready)}
	if failing := r.failing(conditions); failing != nil {
		sum.ready = *failing
	}
	sum.stalled = r.first(conditions, v1alpha1.ConditionStalled, stalled)
	if sum.stalled == nil {
		// One or the other: kstatus looks at Reconciling first, and would hide that
		// a person is needed.
		sum.reconciling = r.first(conditions, v1alpha1.ConditionReconciling, working)
	}
	if sum.stalled == nil && sum.reconciling == nil {
		sum.stalled = r.first(conditions, v1alpha1.ConditionStalled, atRest)
	}
	return sum
}

func stalled(judged verdict.Verdict) bool { return judged.Progress == verdict.Stalled }

func working(judged verdict.Verdict) bool { return judged.Progress.Working() }

// atRest: nothing moves until a person says so. kstatus has two words for what does not
// move, Current and Failed, and only Ready: True is Current. So it is Stalled, with a
// reason that tells it from a fault: who waits by kstatus stops waiting at once, where
// it would wait until its timeout.
// https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md#the-ready-condition
func atRest(judged verdict.Verdict) bool {
	return judged.Progress == verdict.Held && v1alpha1.AtRest(judged.Reason)
}

// failing is Ready where something is not True: the first step that is False, else
// what is beside the steps, else the first that is Unknown; nil when all are True.
func (r *Report) failing(conditions map[string]metav1.Condition) *metav1.Condition {
	if failing := r.firstThatIs(metav1.ConditionFalse, conditions); failing != nil {
		return failing
	}
	if r.besides != nil && r.besides.Progress.Failing() {
		return new(conditionOf(v1alpha1.ConditionReady, *r.besides))
	}
	return r.firstThatIs(metav1.ConditionUnknown, conditions)
}

func (r *Report) firstThatIs(status metav1.ConditionStatus, conditions map[string]metav1.Condition) *metav1.Condition {
	for _, step := range r.steps {
		if condition := conditions[step]; r.counts(step) && condition.Status == status {
			return new(named(v1alpha1.ConditionReady, status, condition))
		}
	}
	return nil
}

// first makes a condition of the first counted step that matches, else of what is
// beside the steps.
func (r *Report) first(conditions map[string]metav1.Condition, conditionType string, matches func(verdict.Verdict) bool) *metav1.Condition {
	for _, step := range r.steps {
		if !r.counts(step) {
			continue
		}
		condition := named(conditionType, metav1.ConditionTrue, conditions[step])
		judged, given := r.verdicts[step]
		if given && matches(judged) || !given && says(conditions[conditionType], condition) {
			return &condition
		}
	}
	if r.besides != nil && matches(*r.besides) {
		condition := conditionOf(conditionType, *r.besides)
		condition.Status = metav1.ConditionTrue
		return &condition
	}
	return nil
}

// says reports whether the former reconciliation passed on the same of a step that is now
// kept: Stalled does not go away because a reconciliation could not look.
func says(former, now metav1.Condition) bool {
	return former.Reason == now.Reason && former.Message == now.Message
}

func summaryOf(judged verdict.Verdict) summary {
	sum := summary{ready: conditionOf(v1alpha1.ConditionReady, judged)}
	abnormal := conditionOf("", judged)
	abnormal.Status = metav1.ConditionTrue
	switch {
	case stalled(judged), atRest(judged):
		abnormal.Type = v1alpha1.ConditionStalled
		sum.stalled = &abnormal
	case working(judged):
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
		Message: message.Cut(step.Type+": "+step.Message, longestMessage),
	}
}

func conditionOf(conditionType string, judged verdict.Verdict) metav1.Condition {
	return metav1.Condition{
		Type:    conditionType,
		Status:  statusOf(judged.Progress),
		Reason:  judged.Reason,
		Message: message.Cut(judged.Message, longestMessage),
	}
}

func statusOf(progress verdict.Progress) metav1.ConditionStatus {
	switch {
	case progress.Fulfilled():
		return metav1.ConditionTrue
	case progress.Failing():
		return metav1.ConditionFalse
	default:
		return metav1.ConditionUnknown
	}
}
