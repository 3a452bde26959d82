package awssim

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// InstanceEvent tells that an instance reached a state.
type InstanceEvent = sim.InstanceEvent

// InstancesSince lists what happened to instances after a sequence number (0: everything since the
// last Reset), oldest first. What is due by the clock has happened when it returns.
func (c *Cloud) InstancesSince(sequence int64) []InstanceEvent {
	var events []InstanceEvent
	c.world.Do(func(time.Time) { events = c.world.Instances.Since(sequence) })
	return events
}

// followInterval is how often OnInstance looks, in real time.
const followInterval = 20 * time.Millisecond

// OnInstance calls the function with everything that happened and happens to instances, in order and
// one at a time, until the context is done. It runs outside the Cloud's lock, so it may make calls.
func (c *Cloud) OnInstance(ctx context.Context, follow func(InstanceEvent)) {
	go func() {
		ticker := time.NewTicker(followInterval)
		defer ticker.Stop()
		last := int64(0)
		for {
			for _, event := range c.InstancesSince(last) {
				follow(event)
				last = event.Sequence
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
}

func (c *Cloud) getInstances(w http.ResponseWriter, r *http.Request) {
	since, err := strconv.ParseInt(cmp.Or(r.FormValue("since"), "0"), 10, 64)
	if err != nil {
		http.Error(w, "since: "+err.Error(), http.StatusBadRequest)
		return
	}
	reply(w, c.InstancesSince(since))
}
