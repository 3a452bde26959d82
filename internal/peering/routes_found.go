package peering

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

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
		if covers && !route.Blackhole() && route.goesBefore(best) {
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
