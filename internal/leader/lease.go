package leader

import (
	"errors"
	"sync"
	"time"
)

// ErrNotHeld says that the lease ran out, or is somebody else's.
var ErrNotHeld = errors.New("this manager does not hold the leader's lease any more")

// Lease is what is known here of the leader's lease. It is safe for concurrent use.
type Lease struct {
	validity time.Duration
	now      func() time.Duration
	lost     func()

	mu    sync.Mutex
	until time.Duration
	gone  bool
}

// NewLease makes a lease that is not held yet. duration is how long its holder is respected by others
// after it was renewed; lost is called once, when another holder is seen.
func NewLease(duration time.Duration, lost func()) *Lease {
	return &Lease{validity: duration - margin, now: sinceBoot, lost: lost}
}

// Held returns nil while the lease is surely ours.
func (l *Lease) Held() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone || l.now() >= l.until {
		return ErrNotHeld
	}
	return nil
}

// renewed: it was renewed by a request that was sent at that time.
func (l *Lease) renewed(sent time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = sent + l.validity
}

// given: we gave it back, or another holder was seen, or none: then one came and went.
func (l *Lease) given(toAnother bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	had := l.until > 0
	l.until = 0
	if had && toAnother && !l.gone {
		l.gone = true
		l.lost()
	}
}
