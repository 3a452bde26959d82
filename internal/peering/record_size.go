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

// Recordable reports whether status can record all that is made, and about to be.
func Recordable(request Request, snapshot Snapshot) bool {
	return len(checkRecord(request, snapshot, Requester))+len(checkRecord(request, snapshot, Accepter)) == 0
}

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
			"spec.%s.routes: Status would have to record routes in %d tables, and at most %d fit. Select fewer tables, or move to others in steps.", role, len(tables), mostTables)})
	}
	if rules := len(PlanRules(request, snapshot, role).Inventory); rules > mostRules {
		findings = append(findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"spec.%s.securityGroups: Status would have to record %d rules, and at most %d fit. Select fewer groups, shorten ingress, or move to other groups in steps.", role, rules, mostRules)})
	}
	return findings
}
