package main

import (
	"bytes"
	"cmp"
	"iter"
	"maps"
	"slices"
)

// edit is text that comes before or after what is at an offset, or in the place of length bytes there. The mutant it
// belongs to has the text from its first edit to its last.
type edit struct {
	offset, length int
	closes         bool
	order          int // edits of outer nodes are made first
	mutant         int
	text           string
}

// before sorts edits at one place: what ends there ends first, inner before outer; then what begins there, outer before inner.
func before(a, b edit) int {
	if c := cmp.Compare(a.offset, b.offset); c != 0 {
		return c
	}
	if a.closes != b.closes {
		if a.closes {
			return -1
		}
		return 1
	}
	if a.closes {
		return cmp.Compare(b.order, a.order)
	}
	return cmp.Compare(a.order, b.order)
}

// span is where a mutant lies in the edited text.
type span struct{ mutant, from, to int }

// apply makes the edits and says where each mutant lies in the result.
func apply(text []byte, edits []edit) ([]byte, []span) {
	slices.SortStableFunc(edits, before)
	var out bytes.Buffer
	where := map[int]*span{}
	at := 0
	for _, e := range edits {
		out.Write(text[at:e.offset])
		if where[e.mutant] == nil {
			where[e.mutant] = &span{e.mutant, out.Len(), 0}
		}
		out.WriteString(e.text)
		where[e.mutant].to = out.Len()
		at = e.offset + e.length
	}
	out.Write(text[at:])
	var spans []span
	for _, id := range slices.Sorted(maps.Keys(where)) {
		spans = append(spans, *where[id])
	}
	return out.Bytes(), spans
}

// innermost is the smallest mutant that has the offset.
func innermost(spans []span, offset int) (int, bool) {
	best, found := span{}, false
	for _, s := range spans {
		if s.from <= offset && offset < s.to && (!found || s.to-s.from < best.to-best.from) {
			best, found = s, true
		}
	}
	return best.mutant, found
}

// inOrder goes through a map by its keys' order.
func inOrder[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
