package object

import (
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
)

// Again collects when an object is looked at next. The zero value asks for nothing.
type Again struct{ soonest time.Duration }

// Within asks for another look within d; the shortest wins. What is due already, or not
// at all (zero), asks for nothing: whoever wants a look at once says how soon that is.
func (a *Again) Within(d time.Duration) {
	if d > 0 && (a.soonest == 0 || d < a.soonest) {
		a.soonest = d
	}
}

// Result comes again after rest, or sooner where somebody asked for it.
func (a *Again) Result(rest time.Duration) ctrl.Result {
	if a.soonest > 0 {
		rest = min(rest, a.soonest)
	}
	return ctrl.Result{RequeueAfter: rest}
}
