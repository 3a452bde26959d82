package rollout

import "slices"

// SelectionMode says how the configuration of a revision selects nodes.
type SelectionMode string

const (
	// SelectNone means that no configuration of the revision is written.
	SelectNone SelectionMode = ""
	// SelectCanary means that only the listed hostnames get the value.
	SelectCanary SelectionMode = "Canary"
	// SelectAllBut means that every node gets the value but the listed hostnames, which are held back. A node that
	// joins is in no list and boots with the value (C6).
	SelectAllBut SelectionMode = "AllBut"
)

// Selection is which nodes the configuration of one revision reaches. Configurations of older released revisions stay
// as they are until the newest holds nobody back; that of an older canary is removed.
type Selection struct {
	Revision string
	Mode     SelectionMode
	// Hostnames is sorted.
	Hostnames []string
}

// Selects reports whether an agent that starts now on the host reads the value of this revision.
func (s Selection) Selects(hostname string) bool {
	listed := slices.Contains(s.Hostnames, hostname)
	switch s.Mode {
	case SelectCanary:
		return listed
	case SelectAllBut:
		return !listed
	default:
		return false
	}
}

// Equal reports whether both write the same configuration. The order of hostnames does not matter.
func (s Selection) Equal(other Selection) bool {
	if s.Mode == SelectNone && other.Mode == SelectNone {
		return true
	}
	return s.Revision == other.Revision && s.Mode == other.Mode &&
		slices.Equal(slices.Sorted(slices.Values(s.Hostnames)), slices.Sorted(slices.Values(other.Hostnames)))
}
