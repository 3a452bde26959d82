package peering

import (
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// What status can record of a side. A table may have two entries, for what is made
// and what is about to be.
const (
	mostTables = 500
	mostRules  = 1000
)

// checkRecord refuses, before the first write, what status could not record: nothing
// is made that no deletion would find. What is yet to be removed counts.
func checkRecord(request Request, snapshot Snapshot, role Role) []Finding {
	var findings []Finding
	tables := map[string]bool{}
	for _, entry := range PlanRoutes(request, snapshot, role, PlanConnection(request, snapshot)).Inventory {
		tables[entry.RouteTableID] = true
	}
	if len(tables) > mostTables {
		findings = append(findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"%s.routes: routes in %d tables would be on record, and at most %d can be: select fewer tables, or go over to others in steps", role, len(tables), mostTables)})
	}
	if rules := len(PlanRules(request, snapshot, role).Inventory); rules > mostRules {
		findings = append(findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"%s.securityGroups: %d rules would be on record, and at most %d can be: select fewer groups, shorten ingress, or go over to other groups in steps", role, rules, mostRules)})
	}
	return findings
}
