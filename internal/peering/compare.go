package peering

// compareBool sorts false before true; package cmp has nothing for it.
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
