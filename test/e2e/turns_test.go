package e2e

import (
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// expectN8 reads in both sides' audit logs that the nodes of one cluster were all done with before the first of the
// other was begun on.
func expectN8(t *testing.T, r *rig.Rig) {
	t.Helper()
	type span struct{ from, to time.Time }
	var spans []span
	for _, side := range r.Sides() {
		var worked span
		h := newHistory()
		for index, e := range events(t, side) {
			before := cordoned(h)
			if h.apply(t, index, e) && isOperator(e) && cordoned(h) != before {
				if worked.from.IsZero() {
					worked.from = e.StageTimestamp.Time
				}
				worked.to = e.StageTimestamp.Time
			}
		}
		if worked.from.IsZero() {
			t.Errorf("N8: %s: no node was cordoned, so nothing is proven", side.Name)
		}
		spans = append(spans, worked)
	}
	if a, b := spans[0], spans[1]; a.from.Before(b.to) && b.from.Before(a.to) {
		t.Errorf("N8: nodes of both clusters were renewed at once: from %s to %s, and from %s to %s", a.from, a.to, b.from, b.to)
	}
}
