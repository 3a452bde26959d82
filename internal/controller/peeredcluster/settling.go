package peeredcluster

import (
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// targetSince is when the value was last changed, or now while other peerings
// are on their way: what is merged together shall be rolled out together.
func (c *configuration) targetSince() time.Time {
	since := c.ciliumStatus().SettlingSince
	if since == nil {
		return c.start
	}
	if c.start.Sub(since.Time) < mostSettling && c.selectionOf(c.decision.Revision).Mode == cilium.SelectNone {
		for i := range c.peerings {
			if inFlight(&c.peerings[i]) {
				return c.start
			}
		}
	}
	return since.Time
}
