package sim

import (
	"sync"
	"time"
)

// World is what the services share. Its lock is held while a call or an appointment runs.
type World struct {
	Clock    *Clock
	Keys     Keyring
	Policies Policies
	Journal  Journal
	Faults   Faults
	Throttle Throttle
	Quotas   Quotas
	// Instances tells what happens to instances; the lock guards it too.
	Instances InstanceLog

	mutex  sync.Mutex
	seed   string
	ids    *ids
	agenda agenda
	timing *Timing
}

// NewWorld makes an empty world.
func NewWorld(seed string, clock *Clock, timing Timing) *World {
	timing = timing.clone()
	return &World{Clock: clock, seed: seed, ids: newIDs(seed), timing: &timing}
}

// Do runs the function under the lock, after everything that is due by now.
func (w *World) Do(do func(now time.Time)) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	now := w.Clock.Now()
	w.agenda.run(now)
	do(now)
}

// Admit numbers a call and lets it run under the lock.
func (w *World) Admit(c *Call, run func()) {
	w.Do(func(now time.Time) {
		c.world, c.Now = w, now
		run()
	})
}

// NewRequestID numbers a request.
func (w *World) NewRequestID() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.ids.uuid(Place{}, "request")
}

// Schedule plans something under the lock; only calls and appointments, which hold it, may use it.
func (w *World) Schedule(at time.Time, do func(at time.Time)) { w.agenda.add(at, do) }

// Dwell is how long a resource of the kind stays in the state; for holders of the lock.
func (w *World) Dwell(kind, state string) time.Duration {
	return time.Duration(w.timing.Transitions[kind+"/"+state])
}

// View is how a reader at the place sees resources of the kind; for holders of the lock.
func (w *World) View(kind string, reader Place, now time.Time) View {
	return View{now: now, kind: kind, reader: reader, current: w.timing}
}

// Timing is a copy of the timing in force.
func (w *World) Timing() Timing {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.timing.clone()
}

// SetTiming replaces the timing; what was already planned keeps its time.
func (w *World) SetTiming(timing Timing) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	timing = timing.clone()
	w.timing = &timing
}

// Reset forgets appointments and id counters and lets the services forget theirs, in one step.
func (w *World) Reset(services func()) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.ids = newIDs(w.seed)
	w.agenda = agenda{}
	w.Instances.Clear()
	services()
}

// Truth is how things really are at the time, for dumps.
func Truth(now time.Time) View {
	return View{now: now}
}
