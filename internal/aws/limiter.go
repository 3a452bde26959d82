package aws

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
)

// allowance is how often we call. The published buckets (EC2 developer guide,
// "Request throttling for the EC2 API") hold 100 tokens and refill 20 a second for
// reads, 50 and 5 for writes, 100 and 10 for tags, for each API of an account in a
// region. Accounts often have more, so writes begin above that and fall back to it.
type allowance struct {
	burst      int
	start, low rate.Limit
}

var (
	reads  = allowance{burst: 100, start: 20, low: 10}
	writes = allowance{burst: 50, start: 20, low: 5}
	tags   = allowance{burst: 100, start: 20, low: 10}
)

func allowanceOf(operation string) allowance {
	switch {
	case operation == "CreateTags" || operation == "DeleteTags":
		return tags
	case strings.HasPrefix(operation, "Describe"), strings.HasPrefix(operation, "Get"),
		strings.HasPrefix(operation, "List"), strings.HasPrefix(operation, "Assume"):
		return reads
	default:
		return writes
	}
}

type bucketKey struct{ payer, region, service, operation string }

// limiter holds a token bucket for each API of each account in each region.
type limiter struct {
	clock   clock.Clock
	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

func newLimiter(c clock.Clock) *limiter {
	return &limiter{clock: c, buckets: map[bucketKey]*bucket{}}
}

func (l *limiter) bucket(payer string, call Call) *bucket {
	key := bucketKey{payer: payer, region: call.Region, service: call.Service, operation: call.Operation}
	l.mu.Lock()
	defer l.mu.Unlock()
	if found, ok := l.buckets[key]; ok {
		return found
	}
	allowed := allowanceOf(call.Operation)
	made := &bucket{clock: l.clock, allowed: allowed, tokens: rate.NewLimiter(allowed.start, allowed.burst)}
	l.buckets[key] = made
	return made
}

// bucket limits one API.
type bucket struct {
	clock   clock.Clock
	allowed allowance

	mu          sync.Mutex
	tokens      *rate.Limiter
	throttledAt time.Time
}

// wait takes a token. It gives up when the context is done, or would be.
func (b *bucket) wait(ctx context.Context) error {
	reservation := b.reserve()
	delay := reservation.DelayFrom(b.clock.Now())
	if delay <= 0 {
		return ctx.Err()
	}
	timer := b.clock.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C():
		return nil
	case <-ctx.Done():
		reservation.CancelAt(b.clock.Now())
		return ctx.Err()
	}
}

func (b *bucket) reserve() *rate.Reservation {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.tokens.SetLimitAt(now, b.rateAt(now))
	return b.tokens.ReserveN(now, 1)
}

// rateAt climbs from the low rate to the full one in a straight line.
func (b *bucket) rateAt(now time.Time) rate.Limit {
	if b.throttledAt.IsZero() {
		return b.allowed.start
	}
	climbed := rate.Limit(now.Sub(b.throttledAt)-hold) / rate.Limit(recovery)
	return b.allowed.low + (b.allowed.start-b.allowed.low)*min(max(climbed, 0), 1)
}

// throttled empties the bucket, as AWS's is, and slows it down.
func (b *bucket) throttled() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.Now()
	b.throttledAt = now
	b.tokens.SetLimitAt(now, b.allowed.low)
	if left := int(b.tokens.TokensAt(now)); left > 0 {
		b.tokens.AllowN(now, left)
	}
}
