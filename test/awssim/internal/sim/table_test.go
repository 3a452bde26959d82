package sim

import (
	"slices"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	here  = Place{"111111111111", "eu-west-1"}
	there = Place{"222222222222", "us-east-1"}
)

// at is a stamp and the view of a reader under a timing.
func at(timing *Timing, seconds int, origin Place) Stamp {
	return Stamp{At: noon.Add(time.Duration(seconds) * time.Second), Origin: origin, timing: timing}
}

func viewAt(timing *Timing, seconds int, reader Place) View {
	return View{now: noon.Add(time.Duration(seconds) * time.Second), kind: "thing", reader: reader, current: timing}
}

func TestAViewShowsTheNewestValueThatHasArrived(t *testing.T) {
	timing := &Timing{Lag: Lag{Own: Duration(time.Second), Remote: Duration(10 * time.Second)}}
	var table Table[string]
	table.Put(at(timing, 0, here), "a", "made")
	table.Put(at(timing, 5, here), "a", "changed")
	table.Delete(at(timing, 20, here), "a")
	for _, c := range []struct {
		seconds int
		reader  Place
		want    string
	}{
		{0, here, ""}, {1, here, "made"}, {6, here, "changed"}, {20, here, "changed"}, {21, here, ""},
		{9, there, ""}, {10, there, "made"}, {14, there, "made"}, {15, there, "changed"}, {29, there, "changed"}, {30, there, ""},
	} {
		if got, _ := table.See(viewAt(timing, c.seconds, c.reader), "a"); got != c.want {
			t.Errorf("after %d s %s sees %q, want %q", c.seconds, c.reader, got, c.want)
		}
	}
	if got, ok := table.Get("a"); ok {
		t.Errorf("the truth is %q, want it gone", got)
	}
}

func TestAChangeOfTimingDoesNotChangeWhenOldWritesArrive(t *testing.T) {
	quick, slow := &Timing{}, &Timing{Lag: Lag{Remote: Duration(time.Hour)}}
	var table Table[string]
	table.Put(at(quick, 0, here), "a", "made")
	table.Put(at(slow, 0, here), "a", "changed")
	if got, _ := table.See(viewAt(slow, 1, there), "a"); got != "made" {
		t.Errorf("sees %q, want what was written under the quick timing", got)
	}
	if got, _ := table.See(viewAt(quick, 1, there), "a"); got != "made" {
		t.Errorf("sees %q, want the slow write still on its way", got)
	}
}

func TestTagsLagAsTheirKindDoesUnlessTheyAreNamed(t *testing.T) {
	timing := Timing{Lag: Lag{Own: 1}, KindLag: map[string]Lag{"thing": {Own: 2}, "other": {Own: 2}, "other/tags": {Own: 3}}}
	for kind, want := range map[string]time.Duration{"thing/tags": 2, "other": 2, "other/tags": 3, "else/tags": 1} {
		if got := timing.lag(kind, here, here); got != want {
			t.Errorf("%s lags %d, want %d", kind, got, want)
		}
	}
}

func TestRowsComeInTheOrderOfIDs(t *testing.T) {
	var table Table[int]
	for i, id := range []string{"c", "a", "b"} {
		table.Put(at(nil, 0, here), id, i)
	}
	var got []string
	for id := range table.All() {
		got = append(got, id)
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("got %v", got)
	}
}

func TestThePastIsForgottenWhenNoViewCanNeedIt(t *testing.T) {
	var table Table[int]
	for i := range 100 {
		table.Put(at(nil, i*60, here), "a", i)
	}
	if kept := len(table.rows["a"]); kept > 15 {
		t.Errorf("%d values kept", kept)
	}
}

func TestAppointmentsHappenInTheirOrderAndSeeTheirOwnTime(t *testing.T) {
	var a agenda
	var done []string
	note := func(name string) func(time.Time) {
		return func(at time.Time) { done = append(done, name+at.Format(" 15:04:05")) }
	}
	a.add(noon.Add(2*time.Second), note("second"))
	a.add(noon.Add(time.Second), func(at time.Time) {
		note("first")(at)
		a.add(at.Add(time.Second), note("planned by first"))
	})
	a.add(noon.Add(time.Hour), note("not due"))
	a.run(noon.Add(time.Minute))
	want := []string{"first 12:00:01", "second 12:00:02", "planned by first 12:00:02"}
	if !slices.Equal(done, want) {
		t.Errorf("got %v, want %v", done, want)
	}
}
