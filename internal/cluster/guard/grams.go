package guard

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	gram = 8
	// shortestRun is how much of a credential's form a text must hold to be taken out. A run of
	// that length holds at least one of the grams that are indexed.
	shortestRun = 20
	// spread is a multiplier of Fibonacci hashing.
	spread = 0x9E3779B97F4A7C15
)

// grams finds in a text what it has in common with other texts, the forms: of these every
// eighth place is indexed, and every place of the text is looked up. That costs some 2 ns a byte, however
// many forms there are.
type grams struct {
	forms []byte
	// index has places in forms, plus one, by the hash of the gram there; those that meet are
	// beside each other.
	index []uint32
	shift int
}

// newGrams indexes forms. The lines that frame a key ("-----BEGIN") are none.
func newGrams(forms []string) grams {
	var g grams
	var places []uint32
	for _, form := range forms {
		if len(form) < shortestRun || form[0] == '-' {
			continue
		}
		for i := 0; i+gram <= len(form); i += gram {
			places = append(places, uint32(len(g.forms)+i+1)) //nolint:gosec // credentials are no gigabytes
		}
		g.forms = append(append(g.forms, form...), 0)
	}
	if len(places) == 0 {
		return grams{}
	}
	size := bits.Len(uint(4 * len(places)))
	g.index, g.shift = make([]uint32, 1<<size), 64-size
	for _, place := range places {
		at := g.slot(g.forms[place-1:])
		for g.index[at] != 0 {
			at = (at + 1) & (len(g.index) - 1)
		}
		g.index[at] = place
	}
	return g
}

func (g *grams) slot(text []byte) int {
	return int(binary.LittleEndian.Uint64(text) * spread >> g.shift) //nolint:gosec // fewer bits than an int has
}

// replace puts by in place of every run that text has in common with a form.
func (g *grams) replace(text []byte, by string) []byte {
	if g.index == nil {
		return text
	}
	var out []byte
	done := 0
	for i := 0; i+gram <= len(text); i++ {
		at := g.slot(text[i:])
		if g.index[at] == 0 {
			continue
		}
		if from, to := g.around(text, i, done, at); to-from >= shortestRun {
			from = pastEscape(text, from)
			out = append(append(out, text[done:from]...), by...)
			done, i = to, to-1
		}
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// around is the longest run around the gram at i of text, not before start.
func (g *grams) around(text []byte, i, start, at int) (from, to int) {
	for ; g.index[at] != 0; at = (at + 1) & (len(g.index) - 1) {
		place := int(g.index[at]) - 1
		if binary.LittleEndian.Uint64(g.forms[place:]) != binary.LittleEndian.Uint64(text[i:]) {
			continue
		}
		back, ahead := 0, gram
		for i-back > start && place-back > 0 && g.same(text, i-back-1, place-back-1) {
			back++
		}
		for i+ahead < len(text) && place+ahead < len(g.forms) && g.same(text, i+ahead, place+ahead) {
			ahead++
		}
		if back+ahead > to-from {
			from, to = i-back, i+ahead
		}
	}
	return from, to
}

// pastEscape is from, or the end of the JSON escape that it is in: of "\u0010" the 0 may look like the first of a credential,
// and without it nothing of the answer could be read.
func pastEscape(text []byte, from int) int {
	start := bytes.LastIndexByte(text[max(0, from-len(`\u000`)):from], '\\')
	if start < 0 {
		return from
	}
	start += max(0, from-len(`\u000`))
	before := len(text[:start+1]) - len(bytes.TrimRight(text[:start+1], `\`))
	if before%2 == 0 { // a backslash that is itself escaped
		return from
	}
	length := len(`\n`)
	if text[start+1] == 'u' {
		length = len(`\u0000`)
	}
	return min(max(from, start+length), len(text))
}

func (g *grams) same(text []byte, i, place int) bool {
	return g.forms[place] == text[i] && g.forms[place] != 0
}
