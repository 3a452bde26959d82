package rollout

import (
	"slices"
	"time"
)

// Window is a daily span of time in which nodes may be started on. It is a span of instants, one for each day that it
// starts on: a clock that is put back does not open it twice, and the hour that is left out in spring is left out.
type Window struct {
	// Days are those on which the span starts; empty: every day.
	Days []time.Weekday
	// Start and End are times of day in Location, counted from midnight by the clock on the wall. An End that is not
	// after Start is on the next day.
	Start, End time.Duration
	Location   *time.Location
}

// Open reports whether a node may be started on now. With a window that is closed, next is when it opens again.
func (w *Window) Open(now time.Time) (open bool, next time.Time) {
	local := now.In(w.Location)
	// The span of the day before may reach into today; a week on, every day was asked for. One more, as a span may be
	// swallowed by the hour that is left out.
	for offset := -1; offset <= 14; offset++ {
		from, until, on := w.span(local, offset)
		switch {
		case !on || !until.After(from) || !now.Before(until):
		case now.Before(from):
			return false, from
		default:
			return true, time.Time{}
		}
	}
	return false, time.Time{}
}

// span is the one that starts so many days after the given day.
func (w *Window) span(day time.Time, offset int) (from, until time.Time, on bool) {
	start := time.Date(day.Year(), day.Month(), day.Day()+offset, 0, 0, 0, 0, time.UTC)
	if len(w.Days) > 0 && !slices.Contains(w.Days, start.Weekday()) {
		return time.Time{}, time.Time{}, false
	}
	end := start.Add(w.End)
	if w.End <= w.Start {
		end = end.AddDate(0, 0, 1)
	}
	return w.instant(start.Add(w.Start)), w.instant(end), true
}

// instant is the first at which the clock on the wall shows the given time, which is written in UTC, or a later one where
// that is left out. time.Date promises neither.
func (w *Window) instant(wall time.Time) time.Time {
	before, after := w.offset(wall.Add(-24*time.Hour)), w.offset(wall.Add(24*time.Hour))
	for _, offset := range []time.Duration{before, after} {
		if at := wall.Add(-offset); w.offset(at) == offset {
			return at.In(w.Location)
		}
	}
	changed, _ := wall.Add(-before).In(w.Location).ZoneBounds()
	return changed
}

func (w *Window) offset(at time.Time) time.Duration {
	_, seconds := at.In(w.Location).Zone()
	return time.Duration(seconds) * time.Second
}
