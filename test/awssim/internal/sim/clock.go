package sim

import (
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// Clock is the time that state transitions, lags and expiries go by: an injected clock plus
// whatever was skipped with Advance. It may be used by several goroutines.
type Clock struct {
	base    clock.PassiveClock
	mutex   sync.Mutex
	skipped time.Duration
}

// NewClock makes a Clock over base, which keeps running under it.
func NewClock(base clock.PassiveClock) *Clock { return &Clock{base: base} }

// Now is the simulated time, in UTC.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.base.Now().Add(c.skipped).UTC()
}

// Since is the simulated time that passed since t.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Advance skips d, which must not be negative: seven days of waiting for an expiry take no time.
func (c *Clock) Advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.skipped += max(d, 0)
}
