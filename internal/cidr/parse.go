package cidr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Parse reads one prefix in CIDR notation, with or without host bits, and
// returns it masked. An IPv4-mapped IPv6 prefix is refused: AWS and Cilium
// know no such notation.
func Parse(s string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(strings.TrimSpace(s))
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("parsing CIDR %q: %w", s, err)
	}
	if prefix.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("parsing CIDR %q: IPv4-mapped IPv6 prefix", s)
	}
	return prefix.Masked(), nil
}

// ParseAll reads a list of prefixes and keeps its order; it stops at the first
// one that is not a prefix.
func ParseAll(list []string) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, 0, len(list))
	for _, s := range list {
		prefix, err := Parse(s)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// Strings is the set in CIDR notation, in the order given.
func Strings(set []netip.Prefix) []string {
	list := make([]string, 0, len(set))
	for _, prefix := range set {
		list = append(list, prefix.String())
	}
	return list
}

// Join is the set in CIDR notation, separated by ", ", as messages show it.
func Join(set []netip.Prefix) string {
	return strings.Join(Strings(set), ", ")
}

// Compare orders IPv4 before IPv6, then by address, then the wider prefix
// first: a prefix comes right before the ones inside it.
func Compare(a, b netip.Prefix) int {
	return a.Compare(b)
}

// Sort returns the prefixes in the order of Compare, leaving the argument as it is.
func Sort(set []netip.Prefix) []netip.Prefix {
	return slices.SortedFunc(slices.Values(set), Compare)
}
