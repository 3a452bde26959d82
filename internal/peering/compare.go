package peering

import "strings"

func compareText(a, b string) int { return strings.Compare(a, b) }

// compareBool sorts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func firstNonZero(results ...int) int {
	for _, result := range results {
		if result != 0 {
			return result
		}
	}
	return 0
}
