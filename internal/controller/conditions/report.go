package conditions

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Object is an object with conditions; the three kinds of v1alpha1 are.
type Object interface {
	GetGeneration() int64
	// StatusConditions points at the conditions in status.
	StatusConditions() *[]metav1.Condition
	// SetObservedGeneration writes status.observedGeneration.
	SetObservedGeneration(generation int64)
}

// Report collects the verdicts of one pass over one object. The zero value has
// no steps; it is not safe for concurrent use.
type Report struct {
	steps     []string
	verdicts  map[string]verdict.Verdict
	kept      []string
	uncounted []string
	overall   *verdict.Verdict
	besides   *verdict.Verdict
	ready     verdict.Verdict
}

// NewReport starts a report on steps in pipeline order.
func NewReport(steps ...string) *Report {
	return &Report{
		steps:    steps,
		verdicts: map[string]verdict.Verdict{},
		ready:    verdict.New(verdict.Done, v1alpha1.ReasonReady, "Every step that applies was seen in place."),
	}
}

// Judge gives the verdict of a step. A type that is not among the steps is
// informational: it shows after them and does not count for Ready.
func (r *Report) Judge(conditionType string, judged verdict.Verdict) {
	r.verdicts[conditionType] = judged
}

// Keep leaves conditions as an earlier reconciliation found them, generation included,
// where this reconciliation gives no verdict: for one that could not look. Without an
// earlier reconciliation they are Unknown. No types means every step.
func (r *Report) Keep(conditionTypes ...string) {
	if len(conditionTypes) == 0 {
		conditionTypes = r.steps
	}
	r.kept = append(r.kept, conditionTypes...)
}

// Uncount leaves steps out of Ready, Reconciling and Stalled.
func (r *Report) Uncount(conditionTypes ...string) {
	r.uncounted = append(r.uncounted, conditionTypes...)
}

// Overall gives the verdict of the object as a whole in place of the
// conjunction of its steps: under deletion, paused, refused as it is.
func (r *Report) Overall(judged verdict.Verdict) { r.overall = &judged }

// Besides gives a verdict of the object itself, which is no step's: Ready, Reconciling and
// Stalled count it after the steps.
func (r *Report) Besides(progress verdict.Progress, reason, message string) {
	r.besides = new(verdict.New(progress, reason, message))
}

// WhenReady replaces the message of Ready for the case that it is True.
func (r *Report) WhenReady(message string) { r.ready.Message = message }

// Verdict is the verdict given for a step in this reconciliation, and whether there is one.
func (r *Report) Verdict(conditionType string) (verdict.Verdict, bool) {
	judged, given := r.verdicts[conditionType]
	return judged, given
}

// Stops reports whether a verdict was given for a step and is not True: later
// steps that build on it are not visited.
func (r *Report) Stops(conditionType string) bool {
	judged, given := r.verdicts[conditionType]
	return given && !judged.Progress.Fulfilled()
}

func (r *Report) keeps(conditionType string) bool { return slices.Contains(r.kept, conditionType) }

func (r *Report) counts(conditionType string) bool {
	return !slices.Contains(r.uncounted, conditionType)
}
