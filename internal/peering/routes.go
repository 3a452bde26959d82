package peering

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
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
	// Held are routes that wait until both sides' groups are open.
	Held []RouteKey
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
	// IdleExclusions are exclusions that exclude nothing, and why.
	IdleExclusions []string
	// NothingSelected is true when no table is selected where one should be.
	NothingSelected bool
	// Incomplete is true when a cluster has not reported where its pods live.
	Incomplete bool
	// NotRead is true when the side's route tables could not be read: the record stays.
	NotRead bool
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
	if snapshot.At(role).Unread.RouteTables {
		return RoutesPlan{NotRead: true, Inventory: request.inventory(role).Routes}
	}
	selection := SelectTables(request, snapshot, role)
	planner := routePlanner{
		request:    request,
		role:       role,
		connection: connection.ID,
		adopted:    connection.Adopted,
		snapshot:   snapshot,
		recorded:   recordedRoutes(request.inventory(role)),
		noRecord:   request.Inventory == nil && !request.wasAdopted(snapshot, connection.ID),
		observe:    request.side(role).Routes.Tables == v1alpha1.SelectNone,
	}
	plan := RoutesPlan{NothingSelected: len(selection.Items) == 0 && !planner.observe, Incomplete: selection.Incomplete}
	blocks := request.Reached(snapshot, role)
	for _, table := range selection.Items {
		for _, block := range blocks {
			planner.block(&plan, table, block)
		}
		plan.Unread = append(plan.Unread, table.Unread()...)
	}
	plan.IdleExclusions = request.idleExclusions(snapshot, role)
	unknown := selection.uncertain() || len(peerBlocks(role, snapshot)) == 0
	planner.withdraw(&plan, snapshot.At(role).RouteTables, planner.observe || unknown || request.OnlyRepair)
	plan.Inventory = planner.inventory()
	return plan
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
	case existing == nil && p.request.OnlyRepair && !p.wasMade(key):
		plan.Held = append(plan.Held, key)
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
			p.record(key, stateOf(existing.Answered))
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
// by list is not in the way where the policy gives dead routes up: EC2
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
