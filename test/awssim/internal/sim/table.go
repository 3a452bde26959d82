package sim

import (
	"iter"
	"slices"
	"time"
)

// Stamp says when and from where a value was written, and under which timing: what is written does
// not become visible sooner or later because the timing changes afterwards.
type Stamp struct {
	At     time.Time
	Origin Place
	timing *Timing
}

// View says from where and when a table is read, and how late it may be there.
type View struct {
	now    time.Time
	kind   string
	reader Place
	// current is the timing for values whose stamp carries none; nil for a view of the truth.
	current *Timing
}

// sees reports whether something written at the stamp has arrived in this view.
func (v View) sees(s Stamp) bool {
	if v.current == nil {
		return true
	}
	timing := s.timing
	if timing == nil {
		timing = v.current
	}
	return !s.At.Add(timing.lag(v.kind, v.reader, s.Origin)).After(v.now)
}

type version[T any] struct {
	stamp Stamp
	value T
	gone  bool
}

// Table holds resources by id, with as much of their past as a lagging view may still show.
// A value that was put is never changed in place: handlers copy it, change the copy, and put that.
// So answers may refer to stored values. A Table is guarded by the World's lock.
type Table[T any] struct {
	rows map[string][]version[T]
	keys []string
}

// keepPast is how long superseded values stay readable for lagging views.
const keepPast = 10 * time.Minute

// Put stores the value under the id.
func (t *Table[T]) Put(stamp Stamp, id string, value T) {
	t.append(id, version[T]{stamp: stamp, value: value})
}

// Delete removes the id; a lagging view goes on showing it for a while.
func (t *Table[T]) Delete(stamp Stamp, id string) {
	var none T
	t.append(id, version[T]{stamp: stamp, value: none, gone: true})
}

func (t *Table[T]) append(id string, next version[T]) {
	if t.rows == nil {
		t.rows = map[string][]version[T]{}
	}
	past, known := t.rows[id]
	if !known {
		at, _ := slices.BinarySearch(t.keys, id)
		t.keys = slices.Insert(t.keys, at, id)
	}
	horizon := next.stamp.At.Add(-keepPast)
	for len(past) > 1 && past[1].stamp.At.Before(horizon) {
		past = past[1:]
	}
	t.rows[id] = append(slices.Clip(past), next)
}

// Get reads the truth.
func (t *Table[T]) Get(id string) (T, bool) {
	var none T
	versions := t.rows[id]
	if len(versions) == 0 || versions[len(versions)-1].gone {
		return none, false
	}
	return versions[len(versions)-1].value, true
}

// See reads what the view shows.
func (t *Table[T]) See(view View, id string) (T, bool) {
	var none T
	for _, v := range slices.Backward(t.rows[id]) {
		if view.sees(v.stamp) {
			return v.value, !v.gone
		}
	}
	return none, false
}

// All goes through the truth in the order of ids.
func (t *Table[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, id := range slices.Clone(t.keys) {
			if value, ok := t.Get(id); ok && !yield(id, value) {
				return
			}
		}
	}
}

// Seen goes through what the view shows in the order of ids.
func (t *Table[T]) Seen(view View) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, id := range t.keys {
			if value, ok := t.See(view, id); ok && !yield(id, value) {
				return
			}
		}
	}
}

// Update puts an edited copy of the value under the id and says whether there was one. The edit
// gets a shallow copy: slices and maps in it must be cloned before they are changed.
func (t *Table[T]) Update(stamp Stamp, id string, edit func(*T)) bool {
	value, ok := t.Get(id)
	if ok {
		edit(&value)
		t.Put(stamp, id, value)
	}
	return ok
}
