package peering

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Spelled are the table's routes with each route by prefix list replaced by one
// for each of its entries. Such a route still names its list, and is no route
// that could be replaced or deleted by its block.
func (t RouteTable) Spelled() []Route {
	spelled := make([]Route, 0, len(t.Routes))
	for _, route := range t.Routes {
		if route.PrefixListID == "" {
			spelled = append(spelled, route)
			continue
		}
		for _, entry := range route.Entries {
			single := route
			single.Destination, single.Entries = entry, nil
			spelled = append(spelled, single)
		}
	}
	return spelled
}

// Unread are the table's prefix lists whose entries are not known, and why.
func (t RouteTable) Unread() []string {
	var unread []string
	for _, route := range t.Routes {
		if route.Unread != "" {
			unread = append(unread, route.UnreadIn(t))
		}
	}
	slices.Sort(unread)
	return unread
}

// listIn names what is not known where one of the table's prefix lists was not read, and why.
func (r Route) listIn(t RouteTable) string {
	return fmt.Sprintf("the entries of prefix list %s, which leads to %s in %s (%s)", r.PrefixListID, r.Target, t.ID, message.Clause(r.Unread))
}

// UnreadIn says which prefix list of the table could not be read, and why.
func (r Route) UnreadIn(t RouteTable) string {
	return fmt.Sprintf("the entries of prefix list %s, which leads to %s in %s, could not be read: %s", r.PrefixListID, r.Target, t.ID, message.Clause(r.Unread))
}

// listedTo is the route by prefix list to exactly this block. EC2 would take one
// to the block itself beside it and prefer that (VPC user guide, "Route
// priority"), so whatever goes this way would be diverted.
func listedTo(table RouteTable, block netip.Prefix) *Route {
	for _, route := range table.Spelled() {
		if route.PrefixListID != "" && route.Destination == block {
			return &route
		}
	}
	return nil
}
