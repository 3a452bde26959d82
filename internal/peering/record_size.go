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
// is made that no deletion would find.
func checkRecord(request Request, snapshot Snapshot, role Role) []Finding {
	var findings []Finding
	side := request.side(role)
	if tables := len(SelectTables(request, snapshot, role).Items); tables > mostTables && side.Routes.Tables != v1alpha1.SelectNone {
		findings = append(findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"%s.routes: %d route tables are selected, and at most %d can be recorded: select fewer with routeTableIDs", role, tables, mostTables)})
	}
	groups := len(SelectGroups(request, snapshot, role).Items)
	each := len(desiredIngress(side.SecurityGroups.Ingress, peerBlocks(role, snapshot)))
	if groups*each > mostRules && side.SecurityGroups.Groups != v1alpha1.SelectNone {
		findings = append(findings, Finding{v1alpha1.ReasonSelection, fmt.Sprintf(
			"%s.securityGroups: %d groups with %d rules each are %d rules, and at most %d can be recorded: select fewer groups, or fewer rules in ingress",
			role, groups, each, groups*each, mostRules)})
	}
	return findings
}
