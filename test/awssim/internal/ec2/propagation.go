package ec2

import (
	"net/netip"
	"slices"
	"strings"
)

// propagatesTag is the tag of a VPN gateway that stands for what BGP would tell it: blocks,
// separated by spaces. awssim has no customer gateways and VPN connections to learn them from.
const propagatesTag = "awssim-propagates"

// propagatedRoutes are the routes that a table's VPN gateways propagate into it. A static route to
// the same destination hides a propagated one (VPC_Route_Tables.html, route priority).
func (r reader) propagatedRoutes(t routeTable) []route {
	var routes []route
	for _, gateway := range t.propagating {
		for _, text := range r.learned(gateway) {
			prefix, err := netip.ParsePrefix(text)
			if err == nil && t.static(prefix.Masked().String()) < 0 {
				routes = append(routes, route{prefix.Masked().String(), target{"gatewayId", gateway}, fromPropagation})
			}
		}
	}
	return routes
}

func (r reader) learned(gateway string) []string {
	tags := r.tagsOf("vpn-gateway", gateway)
	at := slices.IndexFunc(tags, func(t tag) bool { return t.Key == propagatesTag })
	if at < 0 {
		return nil
	}
	return strings.Fields(tags[at].Value)
}
