package conditions

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Progress says how a step stands and who moves next. Values that the pure
// cores know too are spelled as they spell them, so that a conversion does.
type Progress string

const (
	// Done is True: what the step is for was seen in place.
	Done Progress = "Done"
	// NotRequired is True: the step does not apply here.
	NotRequired Progress = "NotRequired"
	// Act is False, and Reconciling: there is something to do, and it is being done.
	Act Progress = "Act"
	// Wait is False, and Reconciling: somebody else is at work; we look again soon.
	Wait Progress = "Wait"
	// Held is False and nothing more: nobody works on it, and that is as asked for
	// (paused, observe only, nodes left to whoever replaces them).
	Held Progress = "Held"
	// Stalled is False, and Stalled: a person has to act.
	Stalled Progress = "Stalled"
	// Unclear is Unknown: it can't be told, as with a cluster that does not answer.
	Unclear Progress = "Unclear"
)

func (p Progress) status() metav1.ConditionStatus {
	switch p {
	case Done, NotRequired:
		return metav1.ConditionTrue
	case Act, Wait, Held, Stalled:
		return metav1.ConditionFalse
	default:
		return metav1.ConditionUnknown
	}
}

func (p Progress) working() bool { return p == Act || p == Wait }
