package cluster

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ErrBehind says that the watches do not show yet what we wrote last. It takes
// milliseconds; nothing may be decided until then.
var ErrBehind = errors.New("what was written last is not seen yet")

// Current returns nil once what Client reads can be acted upon: every watch is
// filled and alive, and shows all that was written through Client. It is
// [ErrBehind], or an error as of [Connection.Explain].
func (c *Connection) Current(ctx context.Context) error {
	c.changes.seen()
	if err := c.watches.all(ctx, c.live.RESTMapper()); err != nil {
		return c.Explain(err)
	}
	settled, stalled, err := c.written.settle(ctx, c.watches)
	switch {
	case err != nil:
		return c.Explain(err)
	case stalled != nil:
		c.watches.renew(*stalled)
		c.written.forget(*stalled)
		return ErrBehind
	case !settled:
		return ErrBehind
	}
	c.attempts.succeeded()
	return nil
}

// Refresh lists those kinds again for which what Client shows is not proven to be
// younger than age: the API server said nothing on the watch since. (It tells in
// order, so what happened before it said something was told.) It reports whether any was.
func (c *Connection) Refresh(ctx context.Context, age time.Duration, kinds ...schema.GroupVersionKind) (bool, error) {
	renewed := false
	for _, gvk := range kinds {
		if c.watches.heardWithin(gvk, age) {
			continue
		}
		renewed = true
		c.watches.renew(gvk)
		if _, err := c.watches.get(ctx, gvk); err != nil {
			return true, err
		}
	}
	return renewed, nil
}
