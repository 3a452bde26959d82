package fabric

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// The router's rules, in the order in which the kernel asks them. What a peering connection brings in has no rule of
// the second kind: it is delivered inside the VPC or not at all.
const (
	priorityLocal, tableLocal     = 100, 100
	prioritySubnet, firstTable    = 1000, 1000
	priorityNowhere, tableNowhere = 2000, 999
)

// follow makes the router as the state has it.
func (r *router) follow(vpc VPC, state State) error {
	present := r.present(state)
	if err := r.filter(vpc, present, state); err != nil {
		return err
	}
	if err := r.route(r.routes(vpc, present)); err != nil {
		return err
	}
	if err := r.rule(r.rules(vpc, present)); err != nil {
		return err
	}
	return r.introduce(present)
}

// present are the interfaces of the state that are plugged in here. A cable goes with the namespace at its other end.
func (r *router) present(state State) []Interface {
	var found []Interface
	for id, p := range r.ports {
		if r.ns.Index(p.device) == 0 {
			delete(r.ports, id)
		}
	}
	for _, i := range state.Interfaces {
		if _, ok := r.ports[i.ID]; ok {
			found = append(found, i)
		}
	}
	return found
}

// routes lists the routes to have by a key that tells them apart.
func (r *router) routes(vpc VPC, present []Interface) map[string]netlink.Route {
	wanted := map[string]netlink.Route{}
	add := func(table int, to netip.Prefix, device string, via netip.Addr) {
		route := netlink.Route{
			Table: table, Dst: netspace.IPNet(to), LinkIndex: r.ns.Index(device), Scope: netlink.SCOPE_LINK,
		}
		if via.IsValid() {
			route.Gw, route.Flags, route.Scope = via.AsSlice(), unix.RTNH_F_ONLINK, netlink.SCOPE_UNIVERSE
		}
		wanted[fmt.Sprintf("%d %s %s %d %s", table, to, device, route.LinkIndex, via)] = route
	}
	for _, i := range present {
		device := r.ports[i.ID].device
		add(tableLocal, netspace.Host(i.Address), device, netip.Addr{})
		for _, secondary := range i.Secondary {
			add(tableLocal, secondary, device, i.Address)
		}
	}
	for _, table := range vpc.Tables {
		for _, route := range table.Routes {
			if peer, ok := r.peers[route.Peering]; ok {
				add(r.number(table.ID), route.Destination, peer.device, peer.next)
			}
		}
	}
	add(tableNowhere, netip.MustParsePrefix("0.0.0.0/0"), nowhere, netip.Addr{})
	return wanted
}

// number is the kernel's name of a route table.
func (r *router) number(table string) int {
	n, ok := r.numbers[table]
	if !ok {
		n = firstTable + len(r.numbers)
		r.numbers[table] = n
	}
	return n
}

func (r *router) rules(vpc VPC, present []Interface) map[string]netlink.Rule {
	wanted := map[string]netlink.Rule{}
	add := func(priority, table int, device string) {
		rule := netlink.NewRule()
		rule.Priority, rule.Table, rule.IifName, rule.Family = priority, table, device, unix.AF_INET
		wanted[fmt.Sprintf("%d %d %s", priority, table, device)] = *rule
	}
	add(priorityLocal, tableLocal, "")
	add(priorityNowhere, tableNowhere, "")
	for _, i := range present {
		if p := r.ports[i.ID]; p.tableIn(vpc) != "" {
			add(prioritySubnet, r.number(p.tableIn(vpc)), p.device)
		}
	}
	return wanted
}

// tableIn is the id of the route table that holds for a port now.
func (p port) tableIn(vpc VPC) string {
	for _, subnet := range vpc.Subnets {
		if subnet.ID == p.subnet.ID {
			return subnet.Table
		}
	}
	return ""
}

// route replaces the routes. The kernel has removed those of devices that are gone.
func (r *router) route(wanted map[string]netlink.Route) error {
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if _, ok := r.installed[key]; ok {
			continue
		}
		route := wanted[key]
		if err := r.ns.Netlink.RouteReplace(&route); err != nil {
			return fmt.Errorf("route %s: %w", key, err)
		}
	}
	for key, route := range r.installed {
		if _, ok := wanted[key]; !ok {
			_ = r.ns.Netlink.RouteDel(&route)
		}
	}
	r.installed = wanted
	return nil
}

func (r *router) rule(wanted map[string]netlink.Rule) error {
	for key, rule := range wanted {
		if _, ok := r.followed[key]; ok {
			continue
		}
		if err := r.ns.Netlink.RuleAdd(&rule); err != nil {
			return fmt.Errorf("rule %s: %w", key, err)
		}
	}
	for key, rule := range r.followed {
		if _, ok := wanted[key]; !ok {
			_ = r.ns.Netlink.RuleDel(&rule)
		}
	}
	r.followed = wanted
	return nil
}

// introduce lets instances of one subnet find each other's addresses. Delegated prefixes are found through the gateway.
func (r *router) introduce(present []Interface) error {
	for _, asks := range present {
		for _, has := range present {
			if asks.ID == has.ID || asks.Subnet != has.Subnet {
				continue
			}
			for _, address := range has.addresses() {
				if !address.IsSingleIP() {
					continue
				}
				if err := r.answersFor(r.ports[asks.ID].device, address.Addr()); err != nil {
					return fmt.Errorf("introduce %s to %s: %w", has.ID, asks.ID, err)
				}
			}
		}
	}
	return nil
}
