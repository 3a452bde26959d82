package verification

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// Port that probe pods serve on unless the groups admit others only. It is no
// well-known one.
const Port = 18500

// PortFor picks a port that a side is to admit; false: it admits no TCP at all.
func PortFor(admitted []peering.Traffic) (int32, bool) {
	tcp := slices.DeleteFunc(slices.Clone(admitted), func(t peering.Traffic) bool { return !t.TCP() })
	if len(tcp) == 0 {
		return 0, false
	}
	if slices.ContainsFunc(tcp, func(t peering.Traffic) bool { return t.From <= Port && Port <= t.To }) {
		return Port, true
	}
	first := slices.MinFunc(tcp, func(a, b peering.Traffic) int { return cmp.Compare(a.To, b.To) })
	return max(first.From, 1), first.To >= 1
}
