// Package verdict says where a step stands: who moves next, a reason for machines
// and a sentence for people. The pure cores judge with it, and the controllers
// turn it into status conditions.
package verdict

import "fmt"

// Progress says how a step stands and who moves next.
type Progress string

const (
	// Done is True: what the step is for was seen in place.
	Done Progress = "Done"
	// NotRequired is True: the step does not apply here.
	NotRequired Progress = "NotRequired"
	// Act is False, and Reconciling: there is something to do, and it is being done.
	Act Progress = "Act"
	// Wait is False, and Reconciling: AWS or somebody else is at work; look again soon.
	Wait Progress = "Wait"
	// Held is False and nothing more: nobody works on it, and that is as asked for
	// (paused, observe only, nodes left to whoever replaces them).
	Held Progress = "Held"
	// Stalled is False, and Stalled: a person has to act. Each sweep looks at it again.
	Stalled Progress = "Stalled"
	// Unclear is Unknown: it cannot be determined, as with a cluster that does not answer.
	Unclear Progress = "Unclear"
)

// Fulfilled reports whether nothing is left to do: the step's condition is True.
func (p Progress) Fulfilled() bool { return p == Done || p == NotRequired }

// Failing reports whether the step's condition is False.
func (p Progress) Failing() bool { return p.Working() || p == Held || p == Stalled }

// Working reports whether somebody works on it: it gets further without a person.
func (p Progress) Working() bool { return p == Act || p == Wait }

// Verdict is where a step, or a whole object, stands: a reason for machines and one
// sentence for people, free of timestamps and of counters that change each time.
type Verdict struct {
	Progress Progress
	Reason   string
	Message  string
}

// New makes a verdict.
func New(progress Progress, reason, message string) Verdict {
	return Verdict{Progress: progress, Reason: reason, Message: message}
}

// Newf is New with a message made by [fmt.Sprintf].
func Newf(progress Progress, reason, format string, args ...any) Verdict {
	return New(progress, reason, fmt.Sprintf(format, args...))
}
