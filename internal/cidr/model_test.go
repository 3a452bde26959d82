package cidr

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// prefixes reads test input; a mistake in it panics.
func prefixes(list ...string) []netip.Prefix {
	set := make([]netip.Prefix, 0, len(list))
	for _, s := range list {
		set = append(set, netip.MustParsePrefix(s))
	}
	return set
}

func diff(want, got []netip.Prefix) string {
	return cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmpopts.EquateEmpty())
}

// space is a small address space of 256 addresses: the last bits of a base
// address. A set of prefixes in it is modelled as the list of its addresses.
type space struct {
	base netip.Addr
}

var (
	spaceV4    = space{netip.MustParseAddr("10.11.12.0")}
	spaceV4End = space{netip.MustParseAddr("255.255.255.0")}
	spaceV6    = space{netip.MustParseAddr("fd00:1:2::ab00")}
	spaceV6End = space{netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00")}
	spaces     = []space{spaceV4, spaceV4End, spaceV6, spaceV6End}
)

func (s space) addr(i int) netip.Addr {
	raw := s.base.AsSlice()
	raw[len(raw)-1] = byte(i)
	addr, _ := netip.AddrFromSlice(raw)
	return addr
}

// prefix has 0 to 8 bits of its own and may carry host bits.
func (s space) prefix(bits, i int) netip.Prefix {
	return netip.PrefixFrom(s.addr(i), s.base.BitLen()-8+bits)
}

// decode makes a set of two bytes a prefix.
func (s space) decode(data []byte) []netip.Prefix {
	var set []netip.Prefix
	for pair := range slices.Chunk(data, 2) {
		if len(pair) == 2 {
			set = append(set, s.prefix(int(pair[0])%9, int(pair[1])))
		}
	}
	return set
}

type members [256]bool

func (s space) members(set []netip.Prefix) (m members) {
	for i := range m {
		m[i] = slices.ContainsFunc(set, func(p netip.Prefix) bool { return p.Contains(s.addr(i)) })
	}
	return m
}

// minimal is the shortest list of prefixes for the members, by halving.
func (s space) minimal(m members, bits, first int) []netip.Prefix {
	count, size := 0, 256>>bits
	for _, in := range m[first : first+size] {
		if in {
			count++
		}
	}
	switch count {
	case 0:
		return nil
	case size:
		return []netip.Prefix{s.prefix(bits, first)}
	}
	return append(s.minimal(m, bits+1, first), s.minimal(m, bits+1, first+size/2)...)
}

func (s space) expect(t *testing.T, what string, want members, got []netip.Prefix) {
	t.Helper()
	if d := diff(s.minimal(want, 0, 0), got); d != "" {
		t.Errorf("%s in %s is not what the model says (-want +got):\n%s", what, s.base, d)
	}
}

func combine(a, b members, op func(a, b bool) bool) (m members) {
	for i := range m {
		m[i] = op(a[i], b[i])
	}
	return m
}

func FuzzSetOperationsAgreeWithAListOfAddresses(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add([]byte{8, 1, 8, 0}, []byte{7, 2})
	f.Add([]byte{0, 77}, []byte{8, 0, 8, 255, 3, 128})
	f.Add([]byte{1, 0, 1, 128, 4, 7}, []byte{0, 0})
	f.Fuzz(func(t *testing.T, left, right []byte) {
		if len(left)+len(right) > 64 {
			t.Skip("larger sets only repeat")
		}
		for _, s := range spaces {
			checkAgainstModel(t, s, s.decode(left), s.decode(right))
		}
	})
}

func checkAgainstModel(t *testing.T, s space, a, b []netip.Prefix) {
	t.Helper()
	inA, inB := s.members(a), s.members(b)
	union := combine(inA, inB, func(a, b bool) bool { return a || b })
	difference := combine(inA, inB, func(a, b bool) bool { return a && !b })
	intersection := combine(inA, inB, func(a, b bool) bool { return a && b })
	s.expect(t, "union", union, Union(a, b))
	s.expect(t, "difference", difference, Difference(a, b))
	s.expect(t, "intersection", intersection, Intersection(a, b))
	if got, want := Overlap(a, b), intersection != (members{}); got != want {
		t.Errorf("Overlap(%v, %v) = %v, the model says %v", a, b, got, want)
	}
	if got, want := ContainsAll(a, b), union == inA; got != want {
		t.Errorf("ContainsAll(%v, %v) = %v, the model says %v", a, b, got, want)
	}
	if got, want := slices.Equal(Union(a), Union(b)), inA == inB; got != want {
		t.Errorf("the unions of %v and %v are equal: %v, the model says %v", a, b, got, want)
	}
	for _, p := range b {
		inP := s.members([]netip.Prefix{p})
		want := combine(inA, inP, func(a, p bool) bool { return a || p }) == inA
		if got := Contains(a, p); got != want {
			t.Errorf("Contains(%v, %v) = %v, the model says %v", a, p, got, want)
		}
	}
	checkCover(t, s, a)
}

// checkCover tries every prefix of the space, the narrowest first.
func checkCover(t *testing.T, s space, set []netip.Prefix) {
	t.Helper()
	got, ok := Cover(set)
	if len(set) == 0 {
		if ok {
			t.Errorf("an empty set has the cover %s", got)
		}
		return
	}
	in := s.members(set)
	for bits := 8; bits >= 0; bits-- {
		for first := 0; first < 256; first += 256 >> bits {
			candidate := s.prefix(bits, first)
			holds := s.members([]netip.Prefix{candidate})
			if combine(in, holds, func(a, b bool) bool { return a || b }) == holds {
				if !ok || got != candidate {
					t.Errorf("Cover(%v) = %s, the model says %s", set, got, candidate)
				}
				return
			}
		}
	}
}
