package vpcpeering

import (
	"fmt"
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

type transientKey struct{ owner, step string }

// transientSince remembers since when a step has met nothing but errors that usually clear by
// themselves, and since when a deletion is seen. Forgotten on a restart, which costs as much patience again.
type transientSince struct {
	mu    sync.Mutex
	began map[transientKey]time.Time
}

// since is when the trouble began: now, when it is new.
func (t *transientSince) of(owner, step string, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := transientKey{owner, step}
	if began, known := t.began[key]; known {
		return began
	}
	if t.began == nil {
		t.began = map[transientKey]time.Time{}
	}
	t.began[key] = now
	return now
}

func (t *transientSince) clear(owner, step string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.began, transientKey{owner, step})
}

// endPatience forgets since when the step has met errors that pass, where it met none.
func (p *reconciliation) endPatience(judged verdict.Verdict) {
	if judged.Reason != v1alpha1.ReasonAWSError {
		p.transientSince.clear(p.owner(), p.step)
	}
}

// passing waits for errors to pass, ever longer. One that lasts longer than its
// kind does is told to a person; it is tried again all the same.
func (p *reconciliation) passing(doing string, messages []string, patience time.Duration) verdict.Verdict {
	lasted := p.start.Sub(p.transientSince.of(p.owner(), p.step, p.start))
	if patience == 0 || lasted < patience {
		p.again.Within(max(soon, lasted/4))
		return verdict.New(verdict.Wait, v1alpha1.ReasonAWSError, listed(doing, messages))
	}
	return p.stalled(v1alpha1.ReasonAWSError, fmt.Sprintf("%s This error usually clears within %s, and it did not. Check what it names.", listed(doing, messages), message.Duration(patience)))
}

// impatient is the shorter of two; 0 is without end.
func impatient(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
