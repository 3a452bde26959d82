package peering

import (
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// ours: what we wrote down, what spec.adopt names, or, with no record at all
// (status lost), what leads to a connection that we made, exactly as we would have
// made it.
func (p *routePlanner) ours(key RouteKey) bool {
	_, recorded := p.recorded[key]
	return recorded || p.request.adoptsRoute(p.role, key) || p.noRecord && !p.adopted && !p.observe
}

// replaceable holds for a dead route that we made to an earlier connection of
// this pair, and for any dead route where the policy says so. A propagated
// route is never replaced.
func (p *routePlanner) replaceable(key RouteKey, route Route) bool {
	if !route.Blackhole() || route.Origin != "CreateRoute" || route.PrefixListID != "" || shows(p.snapshot, route.Target) {
		return false
	}
	return p.dead(key, route) || p.request.Spec.ConflictPolicy == v1alpha1.ConflictReplaceBlackhole
}

// whose is what the record says of a dead route that is about to be replaced: one of
// ours stays ours if that fails, one of others does not become ours by the attempt.
func (p *routePlanner) whose(key RouteKey, route Route) v1alpha1.InventoryState {
	if p.dead(key, route) {
		return v1alpha1.InventoryCreated
	}
	return v1alpha1.InventoryPending
}

// dead holds for a route that we made to an earlier connection of this pair. Where there is
// no record (status was lost), our tag on that connection tells: EC2 shows it for a while
// after it is gone.
func (p *routePlanner) dead(key RouteKey, route Route) bool {
	state, recorded := p.recorded[key]
	if recorded {
		return p.request.leftBehind(p.snapshot, state, route)
	}
	return p.request.Inventory == nil && route.Blackhole() && p.request.ownsDead(p.snapshot, route.Target)
}

// ownsDead reports whether a connection of this pair that is gone was made by us.
func (r Request) ownsDead(snapshot Snapshot, connection string) bool {
	seen := furthest(snapshot, connection)
	return seen != nil && seen.State.Gone() && joinedBy(r.Sides, *seen) &&
		r.ownsConnection(snapshot, connection) && !r.wasAdopted(snapshot, connection)
}

// leftBehind holds for a recorded route that is a blackhole to a connection of this
// pair that is gone. EC2 stops showing such a connection after a while: whose the
// route is, is then known only where it was seen once, or leads to the connection
// that status names. Where it was merely about to be made, it is somebody else's.
// Once the object is not admitted any more, only our tag counts.
func (r Request) leftBehind(snapshot Snapshot, state v1alpha1.InventoryState, route Route) bool {
	if !route.Blackhole() || !strings.HasPrefix(route.Target, "pcx-") {
		return false
	}
	if seen := furthest(snapshot, route.Target); seen != nil {
		return seen.State.Gone() && joinedBy(r.Sides, *seen) && (r.StillAdmitted || r.ownsConnection(snapshot, seen.ID))
	}
	return r.StillAdmitted && (state == v1alpha1.InventoryCreated || route.Target == r.ConnectionID)
}

// shows reports whether a connection is seen, and by nobody as gone.
func shows(snapshot Snapshot, id string) bool {
	seen := furthest(snapshot, id)
	return seen != nil && !seen.State.Gone()
}
