package peering

import (
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Routes carry no tags, and the record that says which are ours is in a status that others may be
// able to write. So a recorded route is removed where its target proves it: our tag is on the
// connection, or, while the object is still admitted, the connection is one of others that it uses.

// ownRoutes are the routes of a side to be removed, and those on record of which it is not proven that
// they are ours. Without a record (status lost) they are those to connections of our own that we would
// have made.
func ownRoutes(request Request, snapshot Snapshot, role Role) (remove []Action, unproven []string) {
	recorded := recordedRoutes(request.inventory(role))
	if request.Inventory == nil {
		recorded = routesAsMade(request, snapshot, role)
	}
	for _, key := range sortedKeys(recorded) {
		route := routeIn(snapshot.At(role).RouteTables, key)
		switch {
		case route == nil:
		case request.provesOurs(snapshot, route.Target) || request.leftBehind(snapshot, recorded[key], *route):
			remove = append(remove, DeleteRoute{On: role, RouteTableID: key.Table, Destination: key.Destination})
		case route.Target == request.ConnectionID:
			unproven = append(unproven, fmt.Sprintf("the route to %s in %s (%s), because AWS does not show that %s, where it leads, is crossvpc's", key.Destination, key.Table, role, route.Target))
		}
	}
	return remove, unproven
}

// routesAsMade are those that lead to a connection of ours, alive or gone, just as we would have made them.
func routesAsMade(request Request, snapshot Snapshot, role Role) map[RouteKey]v1alpha1.InventoryState {
	made := map[RouteKey]v1alpha1.InventoryState{}
	for _, connection := range latest(request.Sides, snapshot) {
		if !request.ownsConnection(snapshot, connection.ID) {
			continue
		}
		plan := PlanRoutes(request, snapshot, role, ConnectionPlan{ID: connection.ID})
		for key, state := range recordedRoutes(v1alpha1.SideInventory{Routes: plan.Inventory}) {
			if route := routeIn(snapshot.At(role).RouteTables, key); route != nil && route.Target == connection.ID {
				made[key] = state
			}
		}
		for _, key := range request.namedRoutes(role) {
			made[key] = v1alpha1.InventoryCreated
		}
	}
	return made
}

// provesOurs reports whether what leads to this connection, and is on record, is ours to remove.
func (r Request) provesOurs(snapshot Snapshot, connection string) bool {
	seen := furthest(snapshot, connection)
	if seen == nil || !joinedBy(r.Sides, *seen) {
		return false
	}
	return r.ownsConnection(snapshot, connection) || r.StillAdmitted && connection == r.ConnectionID
}
