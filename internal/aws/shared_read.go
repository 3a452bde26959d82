package aws

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// sharedRead is one kind of thing in one region, read for all who want it at once.
// Whoever finds the last read too old joins the next one: a read that is under
// way serves those who came before it started, and everybody else shares the
// one after it, as in a database's group commit. So N callers cost at most two reads.
type sharedRead[T any] struct {
	clock clock.Clock
	// read reads what is in scope (VPC or group ids; nil for reads without scope).
	read func(ctx context.Context, scope []string) (T, error)
	// standing is the scope that every read covers.
	standing func() []string

	mu        sync.Mutex
	last      *flight[T]
	running   *flight[T]
	next      *flight[T]
	gathering bool
}

// flight is one read. Its value may be used once done is closed.
type flight[T any] struct {
	scope   map[string]struct{}
	started time.Time
	done    chan struct{}
	value   T
	err     error
}

// get gives a value that was asked for at notBefore or later and covers what is
// needed, and the time it was asked for. Callers share it and must not change it.
func (c *sharedRead[T]) get(ctx context.Context, notBefore time.Time, need []string) (T, time.Time, error) {
	f := c.join(notBefore, need)
	select {
	case <-f.done:
		return f.value, f.started, f.err
	case <-ctx.Done():
		var none T
		return none, time.Time{}, ctx.Err()
	}
}

func (c *sharedRead[T]) join(notBefore time.Time, need []string) *flight[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range []*flight[T]{c.last, c.running} {
		if f != nil && f.serves(notBefore, need) {
			return f
		}
	}
	if c.next == nil {
		c.next = &flight[T]{scope: map[string]struct{}{}, done: make(chan struct{})}
	}
	f := c.next
	f.cover(need)
	if c.running == nil && !c.gathering {
		c.depart()
	}
	return f
}

// depart starts the next read; the caller holds the lock.
func (c *sharedRead[T]) depart() {
	f := c.next
	c.running, c.next = f, nil
	f.cover(c.standing())
	f.started = c.clock.Now()
	go c.fly(f)
}

// fly reads on its own time: a caller that gives up must not fail the others.
func (c *sharedRead[T]) fly(f *flight[T]) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	f.value, f.err = c.read(ctx, slices.Sorted(maps.Keys(f.scope)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.err == nil {
		c.last = f
	}
	c.running = nil
	close(f.done)
	if c.next != nil {
		c.gathering = true
		go c.gather(min(c.clock.Since(f.started), longestGathering))
	}
}

// gather starts the next read when as much time has gone by as the one before it
// took. Callers who wait already while a read is in progress mean that many peerings
// are at work: without the pause reads would follow each other without end, each for few of them.
func (c *sharedRead[T]) gather(pause time.Duration) {
	<-c.clock.After(pause)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gathering = false
	c.depart()
}

func (f *flight[T]) serves(notBefore time.Time, need []string) bool {
	if f.started.Before(notBefore) {
		return false
	}
	return !slices.ContainsFunc(need, func(id string) bool {
		_, covered := f.scope[id]
		return !covered
	})
}

func (f *flight[T]) cover(ids []string) {
	for _, id := range ids {
		f.scope[id] = struct{}{}
	}
}
