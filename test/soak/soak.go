// Package soak says how what a long run takes develops: whether memory, goroutines, watches and calls stay as they are
// while hours of simulated time pass.
package soak

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/figure"
)

// HoursVariable names how many hours of simulated time a run takes. make soak sets it; without it there is no run.
const HoursVariable = "SOAK_HOURS"

// Length is how much simulated time a run takes: an hour unless somebody asks for more.
func Length() time.Duration {
	if hours, err := strconv.Atoi(os.Getenv(HoursVariable)); err == nil && hours > 0 {
		return time.Duration(hours) * time.Hour
	}
	return time.Hour
}

// OnlyWhereAskedFor skips a run that nobody asked for.
func OnlyWhereAskedFor(t testing.TB) {
	t.Helper()
	if os.Getenv(HoursVariable) == "" {
		t.Skip("runs of hours are made by make soak")
	}
}

// Run is what one run takes, sampled at points of its simulated time.
type Run struct {
	name   string
	series map[string]*series
}

// NewRun names a run: "100 VPCPeerings".
func NewRun(name string) *Run { return &Run{name: name, series: map[string]*series{}} }

// Note adds a sample.
func (r *Run) Note(what string, at time.Duration, value float64) {
	if r.series[what] == nil {
		r.series[what] = &series{}
	}
	*r.series[what] = append(*r.series[what], sample{at, value})
}

// What every run notes of this process.
const (
	Heap       = "heap in use"
	Goroutines = "goroutines"
)

// NoteProcess adds a sample of this process: live memory in MiB, and goroutines.
func (r *Run) NoteProcess(at time.Duration) {
	runtime.GC()
	runtime.GC() // what finalizers held is free after the second
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.Note(Heap, at, float64(memory.HeapAlloc)/(1<<20))
	r.Note(Goroutines, at, float64(runtime.NumGoroutine()))
}

// Flat asserts that over the whole run something grew by so much at most, as its trend goes. The longer the run, the
// less it may grow in an hour. The first quarter is left out: caches and pools fill in it.
func (r *Run) Flat(t testing.TB, what, unit string, most float64) {
	t.Helper()
	if r.series[what] == nil {
		t.Errorf("%s: %s was never sampled", r.name, what)
		return
	}
	settled := r.series[what].after(0.25)
	t.Logf("figures: %s, %s: from %.4g to %.4g %s, %+.3f an hour", r.name, what, settled[0].value, settled[len(settled)-1].value, unit, settled.slope())
	figure.Figure{
		Name: fmt.Sprintf("%s, growth of %s in %.1f simulated hours", r.name, what, settled.length().Hours()), Unit: unit, Value: settled.growth(), Target: most,
	}.Assert(t)
}
