package cilium

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// Collateral is address space that would lose masquerading without need: pods
// would send to it from their own interface, with their own address, to hosts,
// firewalls and routes that may only know the nodes'.
type Collateral struct {
	CIDR         netip.Prefix
	Route        Route
	Acknowledged bool
}

// collateral is the value minus what is ours or a peer's, as far as routes reach
// it (C3). What no route reaches loses nothing.
func (in Input) collateral(value netip.Prefix) []Collateral {
	wanted := slices.Concat(in.VPC.Blocks, []netip.Prefix{in.VPC.Primary}, in.Facts.Baselines(), in.peerBlocks())
	surplus := cidr.Difference([]netip.Prefix{value}, wanted)
	var found []Collateral
	for _, route := range in.Routes {
		if translatesAddresses(route.Target) {
			continue
		}
		reached := cidr.Intersection(surplus, []netip.Prefix{route.Destination})
		for _, prefix := range cidr.Difference(reached, in.Policy.Acknowledged) {
			found = append(found, Collateral{CIDR: prefix, Route: route})
		}
		for _, prefix := range cidr.Intersection(reached, in.Policy.Acknowledged) {
			found = append(found, Collateral{CIDR: prefix, Route: route, Acknowledged: true})
		}
	}
	slices.SortFunc(found, compareCollateral)
	return slices.Compact(found)
}

func compareCollateral(a, b Collateral) int {
	return cmp.Or(cidr.Compare(a.CIDR, b.CIDR), cmp.Compare(a.Route.RouteTableID, b.Route.RouteTableID),
		cidr.Compare(a.Route.Destination, b.Route.Destination), cmp.Compare(a.Route.Target, b.Route.Target))
}

// translatesAddresses: behind a NAT gateway nobody can see whether the source was
// the pod's or the node's, an Internet gateway carries no private destination,
// and "local" is the VPC itself.
func translatesAddresses(target string) bool {
	return target == "local" || slices.ContainsFunc([]string{"nat-", "igw-", "eigw-"}, func(kind string) bool {
		return strings.HasPrefix(target, kind)
	})
}

// unknownReach: what can't be read may be collateral without being named (C3).
// Whoever acknowledges the whole value has acknowledged that, too. A value that is
// live stays what it is.
func unknownReach(in Input, value netip.Prefix) *Decision {
	var unknown []string
	for _, route := range in.Unread {
		if !translatesAddresses(route.Target) {
			unknown = append(unknown, route.Message)
		}
	}
	if len(unknown) == 0 || slices.Contains(in.Live, value) || cidr.Contains(in.Policy.Acknowledged, value) {
		return nil
	}
	return blocked(ReasonCollateralRoutes, fmt.Sprintf(
		"Cannot determine what else would stop being masqueraded with %s: %s. crossvpc retries until it can be read. To accept the risk, add %[1]s to spec.cilium.acknowledgedCIDRs.", value, message.List(unknown)))
}

// unacknowledged stops a write that would take masquerading from somebody. What is in force has
// taken it already: to hold it back now protects nobody, and is a remark.
func unacknowledged(in Input, value netip.Prefix) *Decision {
	blocks, routes := in.exposed(value, func(block netip.Prefix) []netip.Prefix {
		return cidr.Difference([]netip.Prefix{block}, in.inForce())
	})
	if len(blocks) == 0 {
		return nil
	}
	return blocked(ReasonCollateralRoutes, fmt.Sprintf(
		"With %s, traffic to %s would also stop being masqueraded, and routes lead there (%s). If hosts there may see pod addresses, add the blocks to spec.cilium.acknowledgedCIDRs.",
		value, shortList(blocks), message.List(routes)))
}

// exposedAlready is the remark on what is in force and nobody acknowledged; empty: there is nothing.
func exposedAlready(in Input, value netip.Prefix) string {
	blocks, routes := in.exposed(value, func(block netip.Prefix) []netip.Prefix {
		return cidr.Intersection([]netip.Prefix{block}, in.inForce())
	})
	if len(blocks) == 0 {
		return ""
	}
	return fmt.Sprintf(" Traffic to %s is not masqueraded either, and routes lead there (%s): the value in force contains it. If hosts there may see pod addresses, add the blocks to spec.cilium.acknowledgedCIDRs.",
		shortList(blocks), message.List(routes))
}

// inForce is what a node that starts now does not masquerade to.
func (in Input) inForce() []netip.Prefix {
	if boot := in.Facts.Boot.CIDR; boot.IsValid() {
		return []netip.Prefix{boot}
	}
	return nil
}

// exposed is the address space that nobody acknowledged, as far as it counts, and the routes that
// reach it.
func (in Input) exposed(value netip.Prefix, counting func(netip.Prefix) []netip.Prefix) (blocks []netip.Prefix, routes []string) {
	for _, item := range in.collateral(value) {
		counted := counting(item.CIDR)
		if item.Acknowledged || len(counted) == 0 {
			continue
		}
		blocks = append(blocks, counted...)
		text := fmt.Sprintf("%s by %s to %s", item.Route.Destination, item.Route.RouteTableID, item.Route.Target)
		if !slices.Contains(routes, text) {
			routes = append(routes, text)
		}
	}
	return cidr.Union(blocks), routes
}
