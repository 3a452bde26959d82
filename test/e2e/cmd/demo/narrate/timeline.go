package narrate

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Timeline tells how an object's conditions change, with the time elapsed and the AWS calls made so far.
type Timeline struct {
	screen *Screen
	began  time.Time
	calls  func() int
	seen   map[string]string
}

// NewTimeline begins now; calls is asked for the number of AWS calls so far.
func NewTimeline(screen *Screen, calls func() int) *Timeline {
	return &Timeline{screen: screen, began: time.Now(), calls: calls, seen: map[string]string{}}
}

// Elapsed is the time since the beginning.
func (t *Timeline) Elapsed() time.Duration { return time.Since(t.began) }

// Know takes these conditions for told.
func (t *Timeline) Know(conditions []metav1.Condition) {
	for _, c := range conditions {
		t.seen[c.Type] = string(c.Status) + "/" + c.Reason
	}
}

// Show tells what is new of these conditions, in the order of the given types. What is Unknown is not told before it
// has been anything else.
func (t *Timeline) Show(conditions []metav1.Condition, order []string) {
	for _, kind := range order {
		i := slices.IndexFunc(conditions, func(c metav1.Condition) bool { return c.Type == kind })
		if i < 0 {
			continue
		}
		c := conditions[i]
		state := string(c.Status) + "/" + c.Reason
		if before, told := t.seen[kind]; before == state || c.Status == metav1.ConditionUnknown && !told {
			continue
		}
		t.seen[kind] = state
		t.tell(c)
	}
}

func (t *Timeline) tell(c metav1.Condition) {
	const margin = 46
	head := fmt.Sprintf("  %s %s  %s %-20s ", t.screen.Style(Dim, fmt.Sprintf("%6.1fs", t.Elapsed().Seconds())),
		t.screen.Style(Dim, fmt.Sprintf("%4d calls", t.calls())), t.mark(c.Status), c.Type)
	lines := wrap(c.Reason+": "+c.Message, max(40, t.screen.width-margin))
	t.screen.Line("%s%s", head, lines[0])
	for _, line := range lines[1:] {
		t.screen.Line("%*s%s", margin-3, "", line)
	}
}

func (t *Timeline) mark(status metav1.ConditionStatus) string {
	switch status {
	case metav1.ConditionTrue:
		return t.screen.Style(Green, "✔")
	case metav1.ConditionFalse:
		return t.screen.Style(Yellow, "…")
	default:
		return t.screen.Style(Dim, "?")
	}
}
