package cidr

import (
	"net/netip"
	"slices"
)

// Union is the minimal set of prefixes that holds exactly the addresses of all
// the sets. Union of one set is its canonical form.
func Union(sets ...[]netip.Prefix) []netip.Prefix {
	minimal := []netip.Prefix{}
	for _, prefix := range Sort(valid(sets)) {
		if n := len(minimal); n > 0 && covers(minimal[n-1], prefix) {
			continue
		}
		minimal = mergeSiblings(append(minimal, prefix))
	}
	return minimal
}

// Difference is the minimal set of the addresses in from that are not in remove.
func Difference(from, remove []netip.Prefix) []netip.Prefix {
	remaining := []netip.Prefix{}
	remove = Union(remove)
	for _, prefix := range Union(from) {
		remaining = appendDifference(remaining, prefix, remove)
	}
	return remaining
}

// Intersection is the minimal set of the addresses that are in both sets.
func Intersection(a, b []netip.Prefix) []netip.Prefix {
	common := []netip.Prefix{}
	for _, p := range Union(a) {
		for _, q := range b {
			if p.Overlaps(q) {
				common = append(common, narrower(p, q))
			}
		}
	}
	return Union(common)
}

// Contains reports whether every address of prefix is in the union of set. An
// invalid prefix is contained in nothing.
func Contains(set []netip.Prefix, prefix netip.Prefix) bool {
	return prefix.IsValid() && slices.ContainsFunc(Union(set), func(p netip.Prefix) bool {
		return covers(p, prefix.Masked())
	})
}

// ContainsAll reports whether the union of set holds every address of subset.
func ContainsAll(set, subset []netip.Prefix) bool {
	return len(Difference(subset, set)) == 0
}

// Overlap reports whether the two sets have an address in common.
func Overlap(a, b []netip.Prefix) bool {
	return slices.ContainsFunc(a, func(p netip.Prefix) bool {
		return slices.ContainsFunc(b, p.Overlaps)
	})
}

// Cover is the longest single prefix that contains the whole set. It is false
// for an empty set and for one that mixes IPv4 and IPv6, which no prefix covers.
func Cover(set []netip.Prefix) (netip.Prefix, bool) {
	minimal := Union(set)
	if len(minimal) == 0 {
		return netip.Prefix{}, false
	}
	first, last := minimal[0], minimal[len(minimal)-1]
	if first.Addr().Is4() != last.Addr().Is4() {
		return netip.Prefix{}, false
	}
	cover := first
	for !covers(cover, last) {
		cover = parent(cover)
	}
	return cover, true
}

// SplitFamilies separates IPv4 from IPv6 and keeps the order of each.
func SplitFamilies(set []netip.Prefix) (v4, v6 []netip.Prefix) {
	for _, prefix := range set {
		switch {
		case !prefix.IsValid():
		case prefix.Addr().Is4():
			v4 = append(v4, prefix)
		default:
			v6 = append(v6, prefix)
		}
	}
	return v4, v6
}

func valid(sets [][]netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, set := range sets {
		for _, prefix := range set {
			if prefix.IsValid() {
				all = append(all, prefix.Masked())
			}
		}
	}
	return all
}

// mergeSiblings collapses the tail of a sorted set: two halves become their
// parent, which may be the other half of the one before it.
func mergeSiblings(set []netip.Prefix) []netip.Prefix {
	for n := len(set); n > 1 && siblings(set[n-2], set[n-1]); n-- {
		set = append(set[:n-2], parent(set[n-2]))
	}
	return set
}

func appendDifference(remaining []netip.Prefix, prefix netip.Prefix, remove []netip.Prefix) []netip.Prefix {
	var inside []netip.Prefix
	for _, p := range remove {
		if p.Overlaps(prefix) {
			inside = append(inside, p)
		}
	}
	if len(inside) == 0 {
		return append(remaining, prefix)
	}
	if covers(inside[0], prefix) {
		return remaining
	}
	low, high := halves(prefix)
	return appendDifference(appendDifference(remaining, low, inside), high, inside)
}

func covers(wide, narrow netip.Prefix) bool {
	return wide.Bits() <= narrow.Bits() && wide.Overlaps(narrow)
}

func narrower(p, q netip.Prefix) netip.Prefix {
	if p.Bits() > q.Bits() {
		return p
	}
	return q
}

// siblings: two prefixes of a set, neither inside the other, that have one parent are its halves.
func siblings(p, q netip.Prefix) bool {
	return p.Bits() > 0 && parent(p) == parent(q)
}

func parent(p netip.Prefix) netip.Prefix {
	return netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
}

func halves(p netip.Prefix) (low, high netip.Prefix) {
	upper := p.Addr().AsSlice()
	upper[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
	addr, _ := netip.AddrFromSlice(upper)
	return netip.PrefixFrom(p.Addr(), p.Bits()+1), netip.PrefixFrom(addr, p.Bits()+1)
}
