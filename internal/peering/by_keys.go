package peering

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// byKeys are ids of things by the keys of the tags that are to be taken off them: one call takes them off all.
type byKeys map[string][]string

// betweenKeys is in no tag's key.
const betweenKeys = "\x00"

// add notes things that lose tags; without any key they lose none.
func (b byKeys) add(keys []string, ids ...string) {
	if len(keys) > 0 {
		name := strings.Join(keys, betweenKeys)
		b[name] = append(b[name], ids...)
	}
}

// all are keys and ids, in order.
func (b byKeys) all() iter.Seq2[[]string, []string] {
	return func(yield func(keys, ids []string) bool) {
		for _, name := range slices.Sorted(maps.Keys(b)) {
			if !yield(strings.Split(name, betweenKeys), slices.Sorted(slices.Values(b[name]))) {
				return
			}
		}
	}
}
