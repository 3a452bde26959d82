package peeredcluster

import "net/netip"

func text(prefix netip.Prefix) string {
	if !prefix.IsValid() {
		return ""
	}
	return prefix.String()
}

func prefixes(blocks []string) []netip.Prefix {
	parsed := make([]netip.Prefix, 0, len(blocks))
	for _, block := range blocks {
		if prefix, err := netip.ParsePrefix(block); err == nil {
			parsed = append(parsed, prefix)
		}
	}
	return parsed
}
