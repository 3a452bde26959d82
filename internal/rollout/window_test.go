package rollout

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests are the same everywhere
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestAWindowOpensAndCloses(t *testing.T) {
	zone := berlin(t)
	night := Window{Start: 2 * time.Hour, End: 5 * time.Hour, Location: zone}
	overMidnight := Window{Days: []time.Weekday{time.Friday}, Start: 22 * time.Hour, End: 4 * time.Hour, Location: zone}
	lost := Window{Start: 2*time.Hour + 10*time.Minute, End: 2*time.Hour + 50*time.Minute, Location: zone}
	late := Window{Start: 2*time.Hour + 30*time.Minute, End: 5 * time.Hour, Location: zone}
	for name, c := range map[string]struct {
		window Window
		now    string
		open   bool
		next   string
	}{
		"before its start it says when it opens":                {night, "2026-11-25T00:59:00Z", false, "2026-11-25T01:00:00Z"},
		"its first instant is inside":                           {night, "2026-11-25T01:00:00Z", true, ""},
		"its last second is inside":                             {night, "2026-11-25T03:59:59Z", true, ""},
		"its end is outside":                                    {night, "2026-11-25T04:00:00Z", false, "2026-11-26T01:00:00Z"},
		"in summer it moves with the clock on the wall":         {night, "2026-07-01T00:00:00Z", true, ""},
		"one that spans midnight is open after midnight":        {overMidnight, "2026-11-28T02:59:00Z", true, ""},
		"its days are those on which it starts":                 {overMidnight, "2026-11-27T02:00:00Z", false, "2026-11-27T21:00:00Z"},
		"after it the next is a week later":                     {overMidnight, "2026-11-28T03:00:00Z", false, "2026-12-04T21:00:00Z"},
		"the hour put back does not open it twice":              {lost, "2026-10-25T01:20:00Z", false, "2026-10-26T01:10:00Z"},
		"on the day of the hour put back it opens at the first": {lost, "2026-10-25T00:20:00Z", true, ""},
		"a start in the hour that is left out is its end":       {late, "2026-03-29T01:00:00Z", true, ""},
		"one within the hour that is left out does not open":    {lost, "2026-03-29T01:20:00Z", false, "2026-03-30T00:10:00Z"},
		"a start that equals the end is a whole day": {
			Window{Days: []time.Weekday{time.Monday}, Start: time.Hour, End: time.Hour, Location: time.UTC}, "2026-11-24T00:59:00Z", true, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339, c.now)
			if err != nil {
				t.Fatal(err)
			}
			open, next := c.window.Open(now)
			said := ""
			if !next.IsZero() {
				said = next.UTC().Format(time.RFC3339)
			}
			if open != c.open || said != c.next {
				t.Errorf("open %t, next %q, want %t, %q", open, said, c.open, c.next)
			}
		})
	}
}

// TestAWindowAgreesWithTheClockOnTheWall compares with a plain reading of the clock, away from the days on which it is put
// forward or back.
func TestAWindowAgreesWithTheClockOnTheWall(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		w := Window{
			Start: time.Duration(random.IntN(24*60)) * time.Minute, End: time.Duration(random.IntN(24*60)) * time.Minute, Location: berlin(t),
		}
		for day := range time.Saturday + 1 {
			if random.IntN(2) == 0 {
				w.Days = append(w.Days, day)
			}
		}
		now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.Int64N(int64(120 * 24 * time.Hour)))).Truncate(time.Second)
		open, next := w.Open(now)
		if want := wallClock(w, now); open != want {
			t.Fatalf("%+v at %s: open %t, want %t", w, now.In(w.Location), open, want)
		}
		if !open && !next.IsZero() && (!wallClock(w, next) || wallClock(w, next.Add(-time.Second)) || !next.After(now)) {
			t.Fatalf("%+v at %s: opens next at %s", w, now.In(w.Location), next.In(w.Location))
		}
	}
}

func wallClock(w Window, now time.Time) bool {
	local := now.In(w.Location)
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	on := func(day time.Weekday) bool { return len(w.Days) == 0 || slices.Contains(w.Days, day) }
	today, yesterday := on(local.Weekday()), on((local.Weekday()+6)%7)
	if w.End > w.Start {
		return today && clock >= w.Start && clock < w.End
	}
	return today && clock >= w.Start || yesterday && clock < w.End
}
