package peering

import (
	"maps"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// AwaitsRecord holds back the rules and routes of a connection of ours that has no
// record (status lost) until the clusters report where their pods live: a first
// record without their tables and groups would turn our own routes there into
// somebody else's, permanently.
func AwaitsRecord(request Request, snapshot Snapshot) (verdict.Verdict, bool) {
	if request.Inventory != nil || request.Adopted {
		return verdict.Verdict{}, false
	}
	judged, waits := waitingForClusters(unreported(request, snapshot, Requester), unreported(request, snapshot, Accepter), "subnets and security groups")
	judged.Message += " Until then nothing is changed: status was lost, so crossvpc cannot determine what it made."
	return judged, waits
}

func unreported(request Request, snapshot Snapshot, role Role) bool {
	return SelectTables(request, snapshot, role).Incomplete || SelectGroups(request, snapshot, role).Incomplete
}

// FirstRecord is what the record says when a connection has been requested: nothing, or, where
// status was lost, the routes that an earlier connection of ours left behind. From then on an
// empty record means that nothing was made, and those would be somebody else's.
func FirstRecord(request Request, snapshot Snapshot) *v1alpha1.Inventory {
	record := &v1alpha1.Inventory{}
	for _, role := range Roles() {
		left := routesAsMade(request, snapshot, role)
		maps.DeleteFunc(left, func(key RouteKey, _ v1alpha1.InventoryState) bool {
			route := routeIn(snapshot.At(role).RouteTables, key)
			return route == nil || !route.Blackhole() || !request.ownsDead(snapshot, route.Target)
		})
		for key := range left {
			left[key] = v1alpha1.InventoryCreated
		}
		Pick(role, &record.Requester, &record.Accepter).Routes = groupRoutes(left)
	}
	return record
}
