package cluster

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// attempts are what is remembered of a cluster that did not answer as it should: for a
// while nobody asks it again, and whoever wants to is told at once what was wrong.
type attempts struct {
	clock clock.PassiveClock

	mu sync.Mutex
	// occasion of the present attempt: another one is worth an attempt at once.
	occasion string
	failures int
	until    time.Time
	why      *Error
}

// resting says what is wrong with a cluster that is not asked now; nil: it may be asked.
func (a *attempts) resting(occasion string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.occasion != occasion {
		a.occasion, a.failures, a.until, a.why = occasion, 0, time.Time{}, nil
	}
	left := a.until.Sub(a.clock.Now())
	if left <= 0 || a.why == nil {
		return nil
	}
	why := *a.why
	why.After = left
	return &why
}

// failed notes an attempt that failed, and when the next one is. Several failures are one
// attempt while a rest lasts.
func (a *attempts) failed(why *Error, costly bool) *Error {
	a.mu.Lock()
	defer a.mu.Unlock()
	first, longest := firstRest, longestRest
	if costly {
		first, longest = firstCostly, longestCostly
	}
	if now := a.clock.Now(); !now.Before(a.until) {
		a.until = now.Add(min(first<<min(a.failures, 8), longest))
		a.failures++
	}
	told := *why
	told.After = a.until.Sub(a.clock.Now())
	a.why = &told
	return &told
}

// succeeded: the cluster answers.
func (a *attempts) succeeded() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures, a.until, a.why = 0, time.Time{}, nil
}
