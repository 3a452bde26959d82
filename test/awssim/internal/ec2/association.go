package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// forgetAssociations drops what tied route tables to a subnet or gateway that is gone.
func (h *holdings) forgetAssociations(c *sim.Call, id string) {
	for _, table := range h.routeTables.All() {
		bound := func(a association) bool { return a.subnet == id || a.gateway == id }
		if slices.ContainsFunc(table.associations, bound) {
			h.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) {
				t.associations = slices.DeleteFunc(slices.Clone(t.associations), bound)
			})
		}
	}
}
