package cidr

import "net/netip"

// Named is a prefix and the name of who has it, as messages show it.
type Named struct {
	Name   string
	Prefix netip.Prefix
}

// Conflict is a pair of prefixes that share addresses.
type Conflict struct {
	A, B Named
}

// Conflicts lists every pair of a prefix of a and a prefix of b that overlap, in
// the order of the arguments, so that all findings can be reported at once.
func Conflicts(a, b []Named) []Conflict {
	var found []Conflict
	for _, p := range a {
		for _, q := range b {
			if p.Prefix.Overlaps(q.Prefix) {
				found = append(found, Conflict{A: p, B: q})
			}
		}
	}
	return found
}
