package ec2

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// route is a route in store.
type route struct {
	// destination is a canonical CIDR block or a prefix list id.
	destination string
	target      target
	origin      string
}

// Where a route came from.
const (
	fromTable       = "CreateRouteTable"
	fromRoute       = "CreateRoute"
	fromPropagation = "EnableVgwRoutePropagation"
)

func (s *Service) routeActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateRoute":  wire.Query(s.createRoute),
		"ReplaceRoute": wire.Query(s.replaceRoute),
		"DeleteRoute":  wire.Query(s.deleteRoute),
	}
}

// destinationRequest names a destination: exactly one of the three.
type destinationRequest struct {
	RouteTableID string `query:"RouteTableId,required"`
	Block        string `query:"DestinationCidrBlock"`
	Block6       string `query:"DestinationIpv6CidrBlock"`
	PrefixListID string `query:"DestinationPrefixListId"`
}

type routeRequest struct {
	destinationRequest
	targetRequest
}

// asWritten is the one destination as the request has it, with the parameter's name.
func (in destinationRequest) asWritten() (parameter, text string, err error) {
	for name, value := range map[string]string{
		"destinationCidrBlock": in.Block, "destinationIpv6CidrBlock": in.Block6, "destinationPrefixListId": in.PrefixListID,
	} {
		if value == "" {
			continue
		}
		if text != "" {
			return "", "", sim.Fail("InvalidParameterCombination", "The parameters %s and %s cannot be used together", min(parameter, name), max(parameter, name))
		}
		parameter, text = name, value
	}
	if text == "" {
		return "", "", sim.Fail("MissingParameter", "The request must contain the parameter destinationCidrBlock or destinationIpv6CidrBlock or destinationPrefixListId")
	}
	return parameter, text, nil
}

// destination is the one destination in canonical form.
func (h *holdings) destination(in destinationRequest) (string, error) {
	parameter, text, err := in.asWritten()
	if err != nil {
		return "", err
	}
	if in.PrefixListID != "" {
		_, err := find(prefixListKind, &h.prefixLists, text)
		return text, err
	}
	prefix, err := parseFamily(parameter, text, in.Block6 != "")
	if err != nil {
		return "", err
	}
	return prefix.String(), reserved(prefix)
}

// reservedBlocks are the link-local services, which no route may lead to (VPC_Route_Tables.html).
var reservedBlocks = []netip.Prefix{netip.MustParsePrefix("169.254.168.0/22"), netip.MustParsePrefix("fd00:ec2::/32")}

func reserved(prefix netip.Prefix) error {
	for _, block := range reservedBlocks {
		if within(prefix, block) {
			return sim.Fail("InvalidParameterValue", "The destination CIDR block %s is reserved (%s).", prefix, block)
		}
	}
	return nil
}

// mayRoute refuses what a table cannot have: routes of an edge table, or to a part of the VPC's own
// blocks, lead to nothing but interfaces (hashicorp/terraform#26018).
func (h *holdings) mayRoute(table routeTable, destination string, to target) error {
	const text = "Route target is not supported. This route only supports interface and instance targets."
	if to.inside() {
		return nil
	}
	if table.isEdge() {
		return sim.Fail("InvalidParameterValue", text)
	}
	prefix, err := netip.ParsePrefix(destination)
	v, _ := h.vpcs.Get(table.vpc)
	if err == nil && v.covers(prefix) {
		return sim.Fail("InvalidParameterValue", text)
	}
	return nil
}

// wantedRoute reads and checks the whole of a request to create or replace a route.
func (s *Service) wantedRoute(c *sim.Call, in *routeRequest) (routeTable, route, error) {
	here := s.at(c.Place)
	wanted := route{origin: fromRoute}
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return table, wanted, err
	}
	if wanted.destination, err = here.destination(in.destinationRequest); err != nil {
		return table, wanted, err
	}
	if wanted.target, err = in.one(); err != nil {
		return table, wanted, err
	}
	if err := here.mayRoute(table, wanted.destination, wanted.target); err != nil {
		return table, wanted, err
	}
	return table, wanted, s.reachable(c, table, wanted.target)
}

// static finds the route to the destination that somebody made.
func (t routeTable) static(destination string) int {
	return slices.IndexFunc(t.routes, func(r route) bool { return r.destination == destination && r.origin == fromRoute })
}

// createRoute makes a route. One like it to the same target is no error; AWS's answer to that is not documented.
func (s *Service) createRoute(c *sim.Call, in *routeRequest) (*done, error) {
	table, wanted, err := s.wantedRoute(c, in)
	if err != nil {
		return nil, err
	}
	if at := table.static(wanted.destination); at >= 0 {
		if table.routes[at] == wanted {
			return &done{Return: true}, nil
		}
		return nil, sim.Fail("RouteAlreadyExists", "The route identified by %s already exists.", wanted.destination)
	}
	here := s.at(c.Place)
	taken, _ := here.routePlaces(wanted)
	if here.routesLike(table, wanted)+taken > c.Limit(sim.QuotaRoutes) {
		return nil, sim.Fail("RouteLimitExceeded", "You've reached the limit on the number of routes in route table %s.", table.id)
	}
	here.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) { t.routes = append(slices.Clone(t.routes), wanted) })
	return &done{Return: true}, nil
}

// routesLike counts the routes of the table, local ones too, that the quota counts together: IPv4 and
// IPv6 apart (docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html).
func (h *holdings) routesLike(table routeTable, wanted route) int {
	v, _ := h.vpcs.Get(table.vpc)
	_, v6 := h.routePlaces(wanted)
	count := 0
	for _, prefix := range v.liveBlocks() {
		if prefix.Addr().Is6() == v6 {
			count++
		}
	}
	for _, r := range table.routes {
		if taken, is6 := h.routePlaces(r); is6 == v6 {
			count += taken
		}
	}
	return count
}

// routePlaces is how much of the quota a route takes, and of which family: one by prefix list counts with the list's
// maximum entries (docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html).
func (h *holdings) routePlaces(r route) (count int, v6 bool) {
	if list, exists := h.prefixLists.Get(r.destination); exists {
		return int(list.most), list.family == "IPv6"
	}
	return 1, r.isIPv6()
}

func (r route) isIPv6() bool {
	prefix, err := netip.ParsePrefix(r.destination)
	return err == nil && prefix.Addr().Is6()
}

func (s *Service) replaceRoute(c *sim.Call, in *routeRequest) (*done, error) {
	table, wanted, err := s.wantedRoute(c, in)
	if err != nil {
		return nil, err
	}
	at := table.static(wanted.destination)
	if at < 0 {
		return nil, sim.Fail("InvalidParameterValue", "There is no route defined for '%s' in the route table. Use CreateRoute instead.", wanted.destination)
	}
	s.at(c.Place).routeTables.Update(c.Stamp(), table.id, func(t *routeTable) {
		t.routes = slices.Clone(t.routes)
		t.routes[at] = wanted
	})
	return &done{Return: true}, nil
}

// deleteRoute wants the destination exactly as it is stored.
func (s *Service) deleteRoute(c *sim.Call, in *destinationRequest) (*done, error) {
	here := s.at(c.Place)
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	_, text, err := in.asWritten()
	if err != nil {
		return nil, err
	}
	v, _ := here.vpcs.Get(table.vpc)
	if slices.ContainsFunc(v.liveBlocks(), func(p netip.Prefix) bool { return p.String() == text }) {
		return nil, sim.Fail("InvalidParameterValue", "cannot remove local route %s in route table %s", text, table.id)
	}
	at := table.static(text)
	if at < 0 {
		return nil, sim.Fail("InvalidRoute.NotFound", "no route with destination-cidr-block %s in route table %s", text, table.id)
	}
	here.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) { t.routes = slices.Delete(slices.Clone(t.routes), at, at+1) })
	return &done{Return: true}, nil
}
