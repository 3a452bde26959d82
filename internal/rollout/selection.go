package rollout

import (
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// RevisionSelection is a revision, and which nodes its configuration reaches. Configurations of older released
// revisions stay as they are until the newest holds nobody back; that of an older canary is removed.
type RevisionSelection struct {
	Revision string
	cilium.Selection
}

// Equal reports whether both write the same configuration. The order of hostnames does not matter.
func (s RevisionSelection) Equal(other RevisionSelection) bool {
	if s.Mode == cilium.SelectNone && other.Mode == cilium.SelectNone {
		return true
	}
	return s.Revision == other.Revision && s.Mode == other.Mode &&
		slices.Equal(slices.Sorted(slices.Values(s.Hostnames)), slices.Sorted(slices.Values(other.Hostnames)))
}
