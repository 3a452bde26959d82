package peering

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// routes follows a side's packets to the peer's blocks.
func (c *pathCheck) routes(role Role) {
	tables := c.tables(role)
	if len(tables) == 0 {
		c.unknown("which route tables packets of the %s meet", role)
	}
	for _, table := range tables {
		c.unreadLists(table)
		for _, block := range c.peers(role) {
			c.route(role, table, block)
		}
	}
}

// tables are those that packets of the side's pods meet; not those that are
// selected, as somebody may have selected others.
func (c *pathCheck) tables(role Role) []RouteTable {
	if len(c.request.side(role).ClusterRefs) == 0 {
		return SelectTables(c.request, c.snapshot, role).Items
	}
	all := slices.SortedFunc(slices.Values(c.snapshot.At(role).RouteTables), func(a, b RouteTable) int { return cmp.Compare(a.ID, b.ID) })
	used := map[string]bool{}
	for _, subnet := range c.subnets(role) {
		used[tableOf(subnet, all)] = true
	}
	return slices.DeleteFunc(all, func(t RouteTable) bool { return !used[t.ID] })
}

func (c *pathCheck) route(role Role, table RouteTable, block netip.Prefix) {
	route := carrier(table, block)
	switch {
	case (route == nil || route.Target != c.connection) && c.mayBeListed(table, block):
		return
	case route == nil:
		c.find(role, LosesAll, v1alpha1.FindingRouteMissing, "Route table %s (%s) has no route to %s. Add one to %s, or let crossvpc do so with routes.tables: Auto.",
			table.ID, role, block, c.connection)
	case route.Target != c.connection && route.Destination == block:
		// RoutesReady refuses a second route to the same block (RouteConflict): no other can be advised.
		reason := v1alpha1.FindingRouteElsewhere
		if route.Blackhole() { // as that of a former connection
			reason = v1alpha1.FindingRouteBlackhole
		}
		c.find(role, LosesAll, reason, "%s No other route to the block can be added. Remove that one, or leave the block out with spec.%s.routes.excludeCIDRs.",
			RouteConflict{table.ID, block, *route}.describe(role), role)
	case route.Target != c.connection:
		c.find(role, LosesAll, v1alpha1.FindingRouteElsewhere, "Route table %s (%s) sends %s to %s by its route to %s. Add a route for the block to %s.",
			table.ID, role, block, route.Target, route.Destination, c.connection)
	case route.Blackhole():
		c.find(role, LosesAll, v1alpha1.FindingRouteBlackhole, "Route table %s (%s) drops %s, because its route to %s is a blackhole. Recreate that route.", table.ID, role, block, route.Target)
	}
	for _, inner := range table.Spelled() {
		if inside(inner, block) && inner.Target != c.connection {
			c.find(role, LosesAll, v1alpha1.FindingRouteElsewhere, "Route table %s (%s) sends %s, a part of %s, to %s, so pods there are not reached. %s",
				table.ID, role, inner.Destination, block, inner.Target, inner.removal(table))
		}
	}
}

// removal is what takes a route out of a table: nobody can delete one that a gateway propagates (EC2 API, DeleteRoute).
func (r Route) removal(table RouteTable) string {
	if r.Origin == "EnableVgwRoutePropagation" {
		return fmt.Sprintf("%s propagates that route: disable route propagation from it in %s, or have it learn no such route.", r.Target, table.ID)
	}
	return "Remove that route."
}

// carrier is the route that carries a whole block: the longest that contains it,
// and of equal ones the static one.
func carrier(table RouteTable, block netip.Prefix) *Route {
	var best *Route
	for _, route := range table.Spelled() {
		if !route.Destination.IsValid() || route.Destination.Bits() > block.Bits() || !route.Destination.Contains(block.Addr()) {
			continue
		}
		if route.goesBefore(best) {
			best = &route
		}
	}
	return best
}

// goesBefore reports whether EC2 takes this route rather than another one that also contains the destination: the longer
// one, and of equal ones the static one (VPC user guide, "Route priority").
func (r Route) goesBefore(other *Route) bool {
	return other == nil || other.Destination.Bits() < r.Destination.Bits() ||
		other.Destination.Bits() == r.Destination.Bits() && r.Origin == "CreateRoute"
}

func inside(route Route, block netip.Prefix) bool {
	return route.Destination.IsValid() && route.Destination.Bits() > block.Bits() && block.Contains(route.Destination.Addr())
}

// unreadLists: such a list may have a part of the peer, and a longer prefix carries it elsewhere.
func (c *pathCheck) unreadLists(table RouteTable) {
	for _, route := range table.Routes {
		if route.Unread != "" && route.Target != c.connection {
			c.unknown("%s", route.listIn(table))
		}
	}
}

// mayBeListed: a prefix list leads to the connection, and it is not known whether it has the block.
func (c *pathCheck) mayBeListed(table RouteTable, block netip.Prefix) bool {
	for _, route := range table.Routes {
		if route.Unread != "" && route.Target == c.connection {
			c.unknown("%s, and no other route carries %s", route.listIn(table), block)
			return true
		}
	}
	return false
}
