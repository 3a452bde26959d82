package cilium

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// extended keeps the list as it is and adds what it does not contain, sorted: a
// list is read by people, who would not know merged blocks again.
func extended(list, wanted []netip.Prefix) []netip.Prefix {
	longer := slices.Clone(list)
	for _, prefix := range cidr.Sort(wanted) {
		if !cidr.Contains(longer, prefix) {
			longer = append(longer, prefix)
		}
	}
	return longer
}

// without leaves out the blocks of the second list.
func without(list, blocks []netip.Prefix) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(list), func(prefix netip.Prefix) bool { return slices.Contains(blocks, prefix) })
}
