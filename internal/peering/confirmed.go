package peering

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Confirmed is a side's record after a read: what is on it as pending, and was now seen to be ours, was
// made. A deletion need not wait for it to appear.
func Confirmed(request Request, snapshot Snapshot, role Role) v1alpha1.SideInventory {
	made := request.inventory(role)
	recorded := recordedRoutes(made)
	for key := range recorded {
		if route := routeIn(snapshot.At(role).RouteTables, key); route != nil && request.ConnectionID != "" && route.Target == request.ConnectionID {
			recorded[key] = v1alpha1.InventoryCreated
		}
	}
	made.Routes = groupRoutes(recorded)
	made.SecurityGroupRules = slices.Clone(made.SecurityGroupRules)
	for i, entry := range made.SecurityGroupRules {
		if rule := findRule(snapshot.At(role).Rules, keyOf(entry)); rule != nil && request.ownsRule(role, rule.Tags) {
			made.SecurityGroupRules[i].State = v1alpha1.InventoryCreated
		}
	}
	return made
}
