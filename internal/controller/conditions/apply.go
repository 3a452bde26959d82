package conditions

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// longestMessage keeps a message readable; the API server takes 32768 bytes.
const longestMessage = 4096

// Apply writes the report into the object's status. Conditions come in a stable
// order, and lastTransitionTime is now for those whose status changed. A second
// Apply of the same report changes nothing.
func (r *Report) Apply(object Object, now time.Time) {
	generation := object.GetGeneration()
	object.SetObservedGeneration(generation)
	writer := writer{conditions: object.StatusConditions(), generation: generation, now: metav1.NewTime(now)}
	for _, step := range r.steps {
		r.applyStep(&writer, step)
	}
	for _, informational := range r.informational() {
		writer.set(conditionOf(informational, r.verdicts[informational]))
	}
	sum := r.summarize(writer.byType())
	writer.set(sum.ready)
	writer.setOrRemove(v1alpha1.ConditionReconciling, sum.reconciling)
	writer.setOrRemove(v1alpha1.ConditionStalled, sum.stalled)
	r.order(*writer.conditions)
}

func (r *Report) applyStep(writer *writer, step string) {
	if judged, given := r.verdicts[step]; given {
		writer.set(conditionOf(step, judged))
		return
	}
	if r.keeps(step) && writer.has(step) {
		return
	}
	writer.set(conditionOf(step, verdict.New(verdict.Unclear, v1alpha1.ReasonNotVisited, r.waitsFor(writer.byType(), step))))
}

// waitsFor names what keeps a step from its turn: the object as a whole, or the first step that is
// not True. Where there is neither, the reconciliation ended before this one.
func (r *Report) waitsFor(conditions map[string]metav1.Condition, waiting string) string {
	if r.overall != nil {
		return "Not visited; Ready says why (" + r.overall.Reason + ")."
	}
	for _, step := range r.steps[:slices.Index(r.steps, waiting)] {
		if conditions[step].Status != metav1.ConditionTrue {
			return "Waits for " + step + "."
		}
	}
	return "Not reached yet. It follows in the next reconciliation."
}

// informational are the types with a verdict that are no steps, sorted.
func (r *Report) informational() []string {
	var types []string
	for conditionType := range r.verdicts {
		if !slices.Contains(r.steps, conditionType) {
			types = append(types, conditionType)
		}
	}
	slices.Sort(types)
	return types
}

// order sorts: Ready, Reconciling or Stalled, the steps, then the rest by name.
func (r *Report) order(conditions []metav1.Condition) {
	order := append([]string{v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled}, r.steps...)
	rank := func(conditionType string) int {
		if i := slices.Index(order, conditionType); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(conditions, func(a, b metav1.Condition) int {
		return cmp.Or(cmp.Compare(rank(a.Type), rank(b.Type)), strings.Compare(a.Type, b.Type))
	})
}

// writer sets conditions of one generation at one moment.
type writer struct {
	conditions *[]metav1.Condition
	generation int64
	now        metav1.Time
}

func (w *writer) set(condition metav1.Condition) {
	condition.ObservedGeneration = w.generation
	condition.LastTransitionTime = w.now
	meta.SetStatusCondition(w.conditions, condition)
}

func (w *writer) setOrRemove(conditionType string, condition *metav1.Condition) {
	if condition == nil {
		meta.RemoveStatusCondition(w.conditions, conditionType)
		return
	}
	w.set(*condition)
}

func (w *writer) has(conditionType string) bool {
	return meta.FindStatusCondition(*w.conditions, conditionType) != nil
}

func (w *writer) byType() map[string]metav1.Condition {
	found := map[string]metav1.Condition{}
	for _, condition := range *w.conditions {
		found[condition.Type] = condition
	}
	return found
}
