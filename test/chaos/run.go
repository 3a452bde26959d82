package chaos

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// World is where one schedule after the other is played, each as a test of its own.
type World interface {
	// Play plays a schedule and checks how it ends.
	Play(t *testing.T, seed uint64, events []Event)
}

// Suite plays the schedules of a deck.
type Suite struct {
	Deck Deck
	// New makes a world, which lives as long as the test.
	New func(t *testing.T) World
	// Lanes are how many worlds are played in at once.
	Lanes int
	// Raced is how many seeds are played where nobody asks for others: with the race detector, among all tests.
	Raced int
	// InGate is up to which seed the gate plays, the rest of them without the race detector, which costs most of the time.
	InGate int
}

// Run plays seeded schedules. CHAOS_SEED is the first seed, and the only one unless CHAOS_SEEDS says how many;
// CHAOS_REST plays those of the gate that come after Raced. A schedule that fails is made shorter and printed, to become
// a test with a name.
func (s Suite) Run(t *testing.T) {
	t.Helper()
	from, count := s.asked()
	lanes := min(s.Lanes, count)
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			if lanes > 1 {
				t.Parallel()
			}
			world := s.New(t)
			for i := lane; i < count; i += lanes {
				seed := from + uint64(i) //nolint:gosec // no number is negative
				events := s.Deck.Schedule(seed)
				if !survives(t, world, fmt.Sprintf("seed %d", seed), seed, events) {
					s.shrink(t, seed, events)
					return
				}
			}
		})
	}
}

func (s Suite) asked() (from uint64, count int) {
	if os.Getenv("CHAOS_REST") != "" {
		return uint64(s.Raced) + 1, s.InGate - s.Raced //nolint:gosec // no number is negative
	}
	from, count = 1, s.Raced
	if seed, err := strconv.ParseUint(os.Getenv("CHAOS_SEED"), 10, 64); err == nil {
		from, count = seed, 1
	}
	if n, err := strconv.Atoi(os.Getenv("CHAOS_SEEDS")); err == nil {
		count = n
	}
	return from, count
}

// survives plays a schedule as a test of its own.
func survives(t *testing.T, world World, name string, seed uint64, events []Event) bool {
	t.Helper()
	return t.Run(name, func(t *testing.T) {
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("schedule: %s", Literal(events))
			}
		})
		world.Play(t, seed, events)
	})
}

// shrink plays ever shorter schedules, each in a new world: what failed may have left something.
func (s Suite) shrink(t *testing.T, seed uint64, events []Event) {
	t.Helper()
	tries := 0
	shortest := Shortest(events, func(shorter []Event) bool {
		tries++
		return !survives(t, s.New(t), fmt.Sprintf("shorter %d", tries), seed, shorter)
	})
	t.Errorf("seed %d; the shortest schedule that fails: %s", seed, Literal(shortest))
}

// Shortest leaves out events while the schedule still fails: first halves, quarters and so on, then single ones.
func Shortest(events []Event, fails func([]Event) bool) []Event {
	for size := max(len(events)/2, 1); ; size /= 2 {
		for i := 0; i < len(events); {
			shorter := slices.Delete(slices.Clone(events), i, min(i+size, len(events)))
			if fails(shorter) {
				events = shorter
			} else {
				i += size
			}
		}
		if size <= 1 {
			return events
		}
	}
}

// Literal is a schedule as it is written into a test.
func Literal(events []Event) string {
	var written []string
	for _, e := range events {
		written = append(written, fmt.Sprintf("{What: %q, N: %d, Action: %q, Code: %q, After: %t}", e.What, e.N, e.Action, e.Code, e.After))
	}
	return "[]chaos.Event{" + strings.Join(written, ", ") + "}"
}
