package cilium

import (
	"net/netip"
	"slices"
	"time"
)

// Period is a routing value of ours and when it came into force for nodes that
// join; it lasts until the next one. A period without value says that none of
// ours was in force.
type Period struct {
	CIDR netip.Prefix
	// From is a time after the write was acknowledged, so that an agent made later
	// has read the value.
	From time.Time
}

// History is the values that new nodes booted with, oldest first. One that
// starts with a period without value goes back to before the first write; one
// that starts with a value has lost what came before.
type History []Period

// MaxHistory bounds a History; the oldest periods are dropped first.
const MaxHistory = 32

// Begin is a history whose first value was somebody else's and there when we came:
// of what came before nothing is known, and nothing was lost. An older agent counts
// as one without it; renewing it is at worst unnecessary.
func (h History) Begin(from time.Time) History {
	return append(slices.Clone(h), Period{From: from})
}

// Began reports whether the period is such a beginning, which never was in force.
func (h History) Began(i int) bool {
	return i == 0 && len(h) > 1 && !h[0].CIDR.IsValid() && h[1].From.Equal(h[0].From)
}

// Observe adds what is in force now, if that is a change: the same value again,
// under whatever object and however new its timestamp, makes nobody stale (C7).
// A first entry with a value means that the evidence before it is lost.
func (h History) Observe(value netip.Prefix, now time.Time) History {
	if len(h) > 0 && h[len(h)-1].CIDR == value {
		return h
	}
	longer := append(slices.Clone(h), Period{CIDR: value, From: now})
	return longer[max(0, len(longer)-MaxHistory):]
}

// Access is a value that reaches one node at another time than it reaches nodes
// that join: a canary sooner, a node that is held back later.
type Access struct {
	CIDR netip.Prefix
	// Since is when the value could first reach the node; zero: it still cannot.
	Since time.Time
}

// era is a value that an agent on the node reads from some time on. Before the
// first of a complete history that is none of ours; before the first of one that
// has lost its beginning it is unknown.
type era struct {
	value   netip.Prefix
	from    time.Time
	unknown bool
}

// eras is the history as one node sees it, oldest first.
func (h History) eras(access []Access) []era {
	eras := []era{{unknown: len(h) == 0 || h[0].CIDR.IsValid()}}
	seen := map[netip.Prefix]bool{}
	for _, period := range slices.Backward(h) {
		from := period.From
		if i := accessTo(access, period.CIDR); i >= 0 && !seen[period.CIDR] {
			if sooner := access[i].Since; sooner.Before(from) && !sooner.IsZero() {
				eras = append(eras, era{value: period.CIDR, from: sooner})
			} else {
				from = sooner
			}
		}
		seen[period.CIDR] = true
		if !from.IsZero() {
			eras = append(eras, era{value: period.CIDR, from: from})
		}
	}
	slices.Reverse(eras[1:]) // of two values within one second the later one stays
	for _, a := range access {
		if !seen[a.CIDR] && !a.Since.IsZero() {
			eras = append(eras, era{value: a.CIDR, from: a.Since})
		}
	}
	slices.SortStableFunc(eras, func(a, b era) int { return a.from.Compare(b.from) })
	return eras
}

func accessTo(access []Access, value netip.Prefix) int {
	if !value.IsValid() {
		return -1
	}
	return slices.IndexFunc(access, func(a Access) bool { return a.CIDR == value })
}

// between lists the eras that an agent may have read which started to read at
// the earliest at start and at the latest at end. At an equal time it may have
// read either: stamps have a resolution of a second.
func between(eras []era, start, end time.Time) []era {
	last := 0
	for i, e := range eras {
		if e.from.Before(start) {
			last = i
		}
	}
	possible := []era{eras[last]}
	for _, e := range eras[last+1:] {
		if !e.from.After(end) {
			possible = append(possible, e)
		}
	}
	return possible
}
