package rollout

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var exhaustive = flag.Bool("exhaustive", false, "have everything befall a rollout after every write, not after every third")

// interruption is something that befalls a rollout right after one of its writes, together with the end of the process.
type interruption struct {
	what string
	do   func(*world)
}

func interruptions() []interruption {
	return []interruption{
		{"nothing but the end of the process", func(*world) {}},
		{"all rollouts are stopped", func(w *world) { w.stopped = "incident 12" }},
		{"the rollout is paused", func(w *world) { w.policy.Paused = true }},
		{"the approval is taken back", func(w *world) { w.policy.Approved = "" }},
		{"the window closes", func(w *world) {
			w.policy.Window = &Window{Start: 23 * time.Hour, End: 23*time.Hour + time.Minute, Location: time.UTC}
		}},
		{"a block is added to a VPC", func(w *world) { w.target, w.since, w.policy.Approved = "r2", w.now, "r2" }},
		{"Cilium is changed to a version with the restore fix", func(w *world) { w.change(true) }},
		{"Cilium is changed to a version without it", func(w *world) { w.change(false) }},
		{"Cilium is being changed", func(w *world) { w.upgrading = "agents of several revisions" }},
		{"the API server is away", func(w *world) { w.unreachable = true }},
		{"somebody uncordons everything", func(w *world) { setCordons(w, "us", "") }},
		{"somebody else cordons half the cluster", cordonHalf},
		{"agents crash on the value from now on", func(w *world) { w.crashes["r1"] = true }},
		{"no replacement comes", func(w *world) {
			for _, name := range sortedKeys(w.groups) {
				breakGroup(w, name, true)
			}
		}},
		{"a pod slips onto every node", func(w *world) {
			for _, m := range w.nodes {
				squeeze(m)
			}
		}},
		{"the configuration is deleted", func(w *world) { w.written = nil }},
		{"the strategy becomes OnDelete", func(w *world) { w.policy.OnDelete = true }},
		{"the evidence is lost", func(w *world) { w.evidence = "the history is gone" }},
	}
}

func setCordons(w *world, from, to string) {
	for _, m := range w.nodes {
		if m.cordonedBy == from {
			m.cordonedBy = to
		}
	}
}

// TestWhateverComesAfterAnyWrite ends the process after each single write of a rollout in turn, has something befall the
// cluster there and then, judges every step from then on, and expects the end state once it is cured.
func TestWhateverComesAfterAnyWrite(t *testing.T) {
	worlds := map[string]func() *world{
		"nodes recycled": func() *world { return recycled("n1", "n2", "n3") },
		"nodes replaced": func() *world { return replaced("n1", "n2", "n3") },
		"agents renewed": func() *world { return restarted("n1", "n2", "n3") },
		"nodes of two kinds": func() *world {
			w := replaced("n1", "n2")
			w.add("n3", "c", WayRecycle, 2)
			w.policy.MaxUnavailable = 2
			return w
		},
	}
	for _, kind := range sortedKeys(worlds) {
		for i, event := range interruptions() {
			t.Run(kind+", "+event.what, func(t *testing.T) {
				t.Parallel()
				runs, steps, first, stride := 0, 0, 1+i%3, 3 // every write has its share of events
				switch {
				case testing.Short():
					stride = 9
				case i == 0 || *exhaustive: // the end of the process alone comes after every one
					first, stride = 1, 1
				}
				for after := first; ; after += stride {
					r := &referee{t: t, world: worlds[kind]()}
					if !r.interrupt(after, event) {
						break
					}
					runs, steps = runs+1, steps+r.steps
				}
				t.Logf("%d writes, each followed by it; %d steps judged", runs, steps)
			})
		}
	}
}

// interrupt plays a rollout up to the given number of writes, and from there with the interruption. It reports false
// when the rollout has fewer writes.
func (r *referee) interrupt(after int, event interruption) bool {
	r.t.Helper()
	w, random := r.world, rand.New(rand.NewPCG(uint64(after), 4))
	w.policy.Manual, w.policy.Approved, w.policy.ProgressDeadline = true, w.target, 5*time.Minute
	for end := w.now.Add(time.Hour); r.steps < after; w.tick(time.Second) {
		if r.reconcile(random, after-r.steps); w.now.After(end) {
			return false
		}
	}
	r.note(fmt.Sprintf("! %s, after %d writes", event.what, after))
	event.do(w)
	for end := w.now.Add(12 * time.Minute); w.now.Before(end); w.tick(10 * time.Second) {
		r.reconcile(random, -1)
	}
	r.cure()
	r.converge(random, 4*time.Hour)
	return true
}
