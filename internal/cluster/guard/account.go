package guard

import (
	"sync"

	"golang.org/x/time/rate"
)

const (
	// A watch may take this many bytes a second of the manager's attention once its burst
	// is used up: some 5 % of a core. Beyond it the stream is read later, and the server has
	// to wait. A cluster of 1,000 nodes at rest streams less than a hundredth of it.
	paceBytes = 4 * MiB
	// paceBurst lets the initial lists of 30,000 pods of 10 KiB through at full speed.
	paceBurst = 512 * MiB
	// perEvent is what an event costs besides its bytes.
	perEvent = 1 << 10
)

// Account is what one cluster takes of the manager. It is safe for concurrent use.
type Account struct {
	limits  Limits
	secrets *secrets
	pace    *rate.Limiter
	// overrun is called once, when a limit is exceeded.
	overrun func()

	mu       sync.Mutex
	taken    int64
	exceeded error
}

// NewAccount opens the account of a cluster. overrun is called once, in a goroutine of its own, when
// a limit is exceeded; from then on every request and every read fails.
func NewAccount(limits Limits, overrun func()) *Account {
	return &Account{limits: limits, secrets: &secrets{}, pace: rate.NewLimiter(paceBytes, paceBurst), overrun: overrun}
}

// Take notes what is kept of the cluster; less than nothing gives back.
func (a *Account) Take(bytes int64) error {
	if greediest := a.limits.Pool.take(a, bytes); greediest != nil {
		_ = greediest.Exceed(tooMuch("more than the manager's memory holds beside what other clusters take"))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taken += bytes
	if bytes > 0 && a.taken > a.limits.Kept {
		return a.exceed(tooMuch("more than %s in all", inMiB(a.limits.Kept)))
	}
	return a.exceeded
}

// Taken is what is kept now, and being read.
func (a *Account) Taken() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.taken
}

// Limit is how much may be kept.
func (a *Account) Limit() int64 { return a.limits.Kept }

// Exceeded is what the cluster answered with beyond its limits; nil: nothing.
func (a *Account) Exceeded() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.exceeded
}

// Exceed ends the account because of err.
func (a *Account) Exceed(err error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.exceed(err)
}

func (a *Account) exceed(err error) error {
	if a.exceeded == nil {
		a.exceeded = err
		if a.overrun != nil {
			go a.overrun()
		}
	}
	return a.exceeded
}
