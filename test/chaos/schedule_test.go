package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var deck = Deck{Chances: []Chance{{"often", 8}, {"seldom", 1}, {"never", 0}}, Actions: []string{"CreateRoute", "DeleteRoute"}, Fewest: 3, Most: 5}

func TestTheSameSeedIsTheSameSchedule(t *testing.T) {
	t.Parallel()
	drawn := map[string]int{}
	for seed := range uint64(200) {
		events := deck.Schedule(seed)
		if diff := cmp.Diff(events, deck.Schedule(seed)); diff != "" {
			t.Fatalf("seed %d, twice:\n%s", seed, diff)
		}
		if len(events) < 3 || len(events) > 5 {
			t.Errorf("seed %d has %d events", seed, len(events))
		}
		for _, e := range events {
			drawn[e.What]++
		}
	}
	if drawn["never"] > 0 || drawn["seldom"] == 0 || drawn["often"] < 4*drawn["seldom"] {
		t.Errorf("drawn: %v", drawn)
	}
}

func TestAClockIsAheadBy15To60Seconds(t *testing.T) {
	t.Parallel()
	if first, last := (Event{N: 1}).Ahead(), (Event{N: largest}).Ahead(); first != 15*time.Second || last != time.Minute {
		t.Errorf("ahead by %s to %s", first, last)
	}
}

func TestTheShortestScheduleThatFailsIsFound(t *testing.T) {
	t.Parallel()
	events := deck.Schedule(1)
	for seed := uint64(2); len(events) < 20; seed++ {
		events = append(events, deck.Schedule(seed)...)
	}
	events = slices.Insert(events, 4, Event{What: "first"})
	events = slices.Insert(events, 15, Event{What: "second"})
	tries := 0
	found := Shortest(events, func(events []Event) bool {
		tries++
		first := slices.Index(events, Event{What: "first"})
		return first >= 0 && slices.Index(events, Event{What: "second"}) > first
	})
	if diff := cmp.Diff([]Event{{What: "first"}, {What: "second"}}, found); diff != "" {
		t.Errorf("the shortest (-want +got):\n%s", diff)
	}
	if tries > 3*len(events) {
		t.Errorf("%d schedules were played to shorten one of %d events", tries, len(events))
	}
}

func TestWhatSaysThatNothingWasWrittenIsNotCarriedOut(t *testing.T) {
	t.Parallel()
	blows := map[Blow]bool{}
	for n := 1; n <= largest; n++ {
		strike := Event{N: n, After: true}.Refusal()
		blows[strike.Blow] = true
		if strike.At < 1 || strike.After == (strike.Blow == Conflict || strike.Blow == Busy) {
			t.Errorf("N %d: %+v", n, strike)
		}
	}
	if len(blows) != 5 {
		t.Errorf("blows: %v", blows)
	}
}
