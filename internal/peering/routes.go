package peering

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

// RouteKey identifies a route: routes have neither ids nor tags.
type RouteKey struct {
	Table       string
	Destination netip.Prefix
}

// RoutesPlan is what to do about one side's routes.
type RoutesPlan struct {
	// InPlace are the routes that lead to the connection, ours or not.
	InPlace []RouteKey
	// Inventory is what we made or are about to make, as status should say
	// before the actions are applied.
	Inventory []v1alpha1.InventoryRoutes
	Actions   []Action
	// Conflicts are routes of others to the same block: they are left alone.
	Conflicts []RouteConflict
	// Settling are routes to the connection that EC2 still shows as a blackhole.
	Settling []RouteKey
	// Missing are routes that somebody else is to make (tables: None).
	Missing []RouteKey
	// Diverted are less specific live routes whose traffic a new route takes over.
	Diverted []RouteConflict
	// Shadowing are more specific routes that keep a slice of the peer's block.
	Shadowing []RouteConflict
	// Unread are prefix lists that could not be looked into.
	Unread []string
	// NothingSelected is true when no table is selected where one should be.
	NothingSelected bool
	// Incomplete is true when a cluster has not reported where its pods live.
	Incomplete bool
}

// RouteConflict is a route of somebody else and the block it touches.
type RouteConflict struct {
	Table string
	Block netip.Prefix
	Route Route
}

// PlanRoutes compares a side's route tables with what the peering needs. The
// connection's id may be empty while it is yet to be requested.
func PlanRoutes(request Request, snapshot Snapshot, role Role, connection ConnectionPlan) RoutesPlan {
	selection := SelectTables(request, snapshot, role)
	planner := routePlanner{
		request:    request,
		role:       role,
		connection: connection.ID,
		adopted:    connection.Adopted,
		snapshot:   snapshot,
		recorded:   recordedRoutes(request.inventory(role)),
		noRecord:   request.Inventory == nil,
		observe:    request.side(role).Routes.Tables == v1alpha1.SelectNone,
	}
	plan := RoutesPlan{NothingSelected: len(selection.Items) == 0 && !planner.observe, Incomplete: selection.Incomplete}
	blocks := routedBlocks(request, snapshot, role)
	for _, table := range selection.Items {
		for _, block := range blocks {
			planner.block(&plan, table, block)
		}
		plan.Unread = append(plan.Unread, table.Unread()...)
	}
	unknown := selection.Incomplete || len(peerBlocks(role, snapshot)) == 0
	planner.withdraw(&plan, snapshot.At(role).RouteTables, planner.observe || unknown)
	plan.Inventory = planner.inventory()
	return plan
}

// routedBlocks are the peer's associated blocks, less the excluded ones.
func routedBlocks(request Request, snapshot Snapshot, role Role) []netip.Prefix {
	excluded := request.side(role).Routes.ExcludeCIDRs
	return slices.DeleteFunc(peerBlocks(role, snapshot), func(block netip.Prefix) bool {
		return containsBlock(excluded, block)
	})
}

func recordedRoutes(inventory v1alpha1.SideInventory) map[RouteKey]v1alpha1.InventoryState {
	recorded := map[RouteKey]v1alpha1.InventoryState{}
	for _, entry := range inventory.Routes {
		for _, destination := range entry.Destinations {
			if prefix, err := netip.ParsePrefix(destination); err == nil {
				recorded[RouteKey{entry.RouteTableID, prefix}] = entry.State
			}
		}
	}
	return recorded
}

type routePlanner struct {
	request    Request
	role       Role
	connection string
	adopted    bool
	snapshot   Snapshot
	recorded   map[RouteKey]v1alpha1.InventoryState
	noRecord   bool
	observe    bool
	keep       map[RouteKey]v1alpha1.InventoryState
}

func (p *routePlanner) record(key RouteKey, state v1alpha1.InventoryState) {
	if p.keep == nil {
		p.keep = map[RouteKey]v1alpha1.InventoryState{}
	}
	p.keep[key] = state
}

// block decides about one destination in one table.
func (p *routePlanner) block(plan *RoutesPlan, table RouteTable, block netip.Prefix) {
	key := RouteKey{table.ID, block}
	existing := p.inTheWay(table, block)
	switch {
	case existing == nil && p.observe:
		plan.Missing = append(plan.Missing, key)
	case existing == nil:
		p.record(key, v1alpha1.InventoryPending)
		plan.Actions = append(plan.Actions, CreateRoute{On: p.role, RouteTableID: table.ID, Destination: block, ConnectionID: p.connection})
		plan.Diverted = append(plan.Diverted, diverted(table, block)...)
	case p.leadsToConnection(*existing):
		if existing.Blackhole() {
			plan.Settling = append(plan.Settling, key)
		} else {
			plan.InPlace = append(plan.InPlace, key)
		}
		if p.ours(key) {
			p.record(key, v1alpha1.InventoryCreated)
		}
	case !p.observe && p.replaceable(key, *existing):
		p.record(key, p.whose(key, *existing))
		plan.Actions = append(plan.Actions, ReplaceRoute{On: p.role, RouteTableID: table.ID, Destination: block, ConnectionID: p.connection, Was: existing.Target})
	default:
		plan.Conflicts = append(plan.Conflicts, RouteConflict{table.ID, block, *existing})
	}
	plan.Shadowing = append(plan.Shadowing, p.shadowing(table, block)...)
}

// inTheWay is the route to the block, by itself or by a prefix list. A dead one
// by list does not stand in the way where the policy gives dead routes up: EC2
// prefers the route that is made beside it.
func (p *routePlanner) inTheWay(table RouteTable, block netip.Prefix) *Route {
	if existing := routeTo(table, block); existing != nil {
		return existing
	}
	listed := listedTo(table, block)
	if listed == nil || !p.observe && listed.Blackhole() && !p.leadsToConnection(*listed) && p.request.Spec.ConflictPolicy == v1alpha1.ConflictReplaceBlackhole {
		return nil
	}
	return listed
}

func (p *routePlanner) leadsToConnection(route Route) bool {
	return p.connection != "" && route.Target == p.connection
}

// ours: what we wrote down, or, with no record at all (status lost), what leads
// to a connection of our own exactly as we would have made it.
func (p *routePlanner) ours(key RouteKey) bool {
	_, recorded := p.recorded[key]
	return recorded || p.noRecord && !p.adopted && !p.observe
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

// withdraw removes routes of ours that are no longer wanted, after seeing in
// this very snapshot that they still lead to our connection.
func (p *routePlanner) withdraw(plan *RoutesPlan, tables []RouteTable, keepAll bool) {
	for _, key := range sortedKeys(p.recorded) {
		if _, wanted := p.keep[key]; wanted || slices.ContainsFunc(plan.Conflicts, key.conflicts) {
			continue
		}
		route := routeIn(tables, key)
		if route == nil && p.request.RoutesLately && p.recorded[key] == v1alpha1.InventoryPending {
			p.record(key, v1alpha1.InventoryPending) // EC2 may show it yet
		}
		if route == nil || !p.leadsToConnection(*route) && !p.dead(key, *route) {
			continue
		}
		p.record(key, v1alpha1.InventoryCreated)
		if !keepAll {
			plan.Actions = append(plan.Actions, DeleteRoute{On: p.role, RouteTableID: key.Table, Destination: key.Destination})
		}
	}
}

func (k RouteKey) conflicts(c RouteConflict) bool {
	return c.Table == k.Table && c.Block == k.Destination
}

func (p *routePlanner) dead(key RouteKey, route Route) bool {
	state, recorded := p.recorded[key]
	return recorded && p.request.leftBehind(p.snapshot, state, route)
}

// leftBehind holds for a recorded route that is a blackhole to a connection of this
// pair that is gone. EC2 stops showing such a connection after a while: whose the
// route is, is then known only where it was seen once, or leads to the connection
// that status names. Where it was merely about to be made, it is somebody else's.
func (r Request) leftBehind(snapshot Snapshot, state v1alpha1.InventoryState, route Route) bool {
	if !route.Blackhole() || !strings.HasPrefix(route.Target, "pcx-") {
		return false
	}
	if seen := furthest(snapshot, route.Target); seen != nil {
		return seen.State.Gone() && joinedBy(r.Sides, *seen)
	}
	return state == v1alpha1.InventoryCreated || route.Target == r.ConnectionID
}

// shows reports whether a connection is seen, and by nobody as gone.
func shows(snapshot Snapshot, id string) bool {
	seen := furthest(snapshot, id)
	return seen != nil && !seen.State.Gone()
}

func (p *routePlanner) inventory() []v1alpha1.InventoryRoutes {
	return groupRoutes(p.keep)
}

// groupRoutes writes one entry for each table and state, sorted.
func groupRoutes(routes map[RouteKey]v1alpha1.InventoryState) []v1alpha1.InventoryRoutes {
	var entries []v1alpha1.InventoryRoutes
	for _, state := range []v1alpha1.InventoryState{v1alpha1.InventoryCreated, v1alpha1.InventoryPending} {
		for _, key := range sortedKeys(routes) {
			if routes[key] != state {
				continue
			}
			last := len(entries) - 1
			if last < 0 || entries[last].RouteTableID != key.Table || entries[last].State != state {
				entries = append(entries, v1alpha1.InventoryRoutes{RouteTableID: key.Table, State: state})
				last++
			}
			entries[last].Destinations = append(entries[last].Destinations, key.Destination.String())
		}
	}
	return entries
}

func sortedKeys(routes map[RouteKey]v1alpha1.InventoryState) []RouteKey {
	keys := make([]RouteKey, 0, len(routes))
	for key := range routes {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b RouteKey) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cidr.Compare(a.Destination, b.Destination))
	})
	return keys
}

// routeTo is the route to exactly this block. A static one comes before a
// propagated one, as it does in EC2 (VPC user guide, "Route priority").
func routeTo(table RouteTable, block netip.Prefix) *Route {
	var found *Route
	for i := range table.Routes {
		if table.Routes[i].Destination == block && (found == nil || table.Routes[i].Origin == "CreateRoute") {
			found = &table.Routes[i]
		}
	}
	return found
}

func routeIn(tables []RouteTable, key RouteKey) *Route {
	for _, table := range tables {
		if table.ID == key.Table {
			return routeTo(table, key.Destination)
		}
	}
	return nil
}

// diverted finds the live route that carries the block's traffic today. A
// default route is not reported: everything diverts from it.
func diverted(table RouteTable, block netip.Prefix) []RouteConflict {
	var best *Route
	for _, route := range table.Spelled() {
		covers := route.Destination.IsValid() && route.Destination.Bits() > 0 && route.Destination.Bits() < block.Bits() && route.Destination.Contains(block.Addr())
		if covers && !route.Blackhole() && (best == nil || best.Destination.Bits() < route.Destination.Bits()) {
			best = &route
		}
	}
	if best == nil {
		return nil
	}
	return []RouteConflict{{table.ID, block, *best}}
}

func (p *routePlanner) shadowing(table RouteTable, block netip.Prefix) []RouteConflict {
	var found []RouteConflict
	for _, route := range table.Spelled() {
		inside := route.Destination.IsValid() && route.Destination.Bits() > block.Bits() && block.Contains(route.Destination.Addr())
		if inside && !p.leadsToConnection(route) {
			found = append(found, RouteConflict{table.ID, block, route})
		}
	}
	slices.SortStableFunc(found, func(a, b RouteConflict) int { return cidr.Compare(a.Route.Destination, b.Route.Destination) })
	return found
}
