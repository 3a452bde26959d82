package ec2

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type routeTableAnswer struct {
	RouteTableID string                       `xml:"routeTableId"`
	VpcID        string                       `xml:"vpcId"`
	OwnerID      string                       `xml:"ownerId"`
	Routes       wire.List[routeAnswer]       `xml:"routeSet"`
	Associations wire.List[associationAnswer] `xml:"associationSet"`
	Propagating  wire.List[propagatingAnswer] `xml:"propagatingVgwSet"`
	TagSet       wire.List[tag]               `xml:"tagSet"`
}

func (v routeTableAnswer) tags() []tag { return v.TagSet.Items }

type associationAnswer struct {
	ID           string           `xml:"routeTableAssociationId"`
	RouteTableID string           `xml:"routeTableId"`
	SubnetID     string           `xml:"subnetId,omitempty"`
	GatewayID    string           `xml:"gatewayId,omitempty"`
	Main         bool             `xml:"main"`
	State        associationState `xml:"associationState"`
}

type associationState struct {
	State string `xml:"state"`
}

type propagatingAnswer struct {
	GatewayID string `xml:"gatewayId"`
}

type routeAnswer struct {
	DestinationCidrBlock     string `xml:"destinationCidrBlock,omitempty"`
	DestinationIpv6CidrBlock string `xml:"destinationIpv6CidrBlock,omitempty"`
	DestinationPrefixListID  string `xml:"destinationPrefixListId,omitempty"`
	GatewayID                string `xml:"gatewayId,omitempty"`
	NatGatewayID             string `xml:"natGatewayId,omitempty"`
	TransitGatewayID         string `xml:"transitGatewayId,omitempty"`
	EgressOnlyGatewayID      string `xml:"egressOnlyInternetGatewayId,omitempty"`
	InstanceID               string `xml:"instanceId,omitempty"`
	InstanceOwnerID          string `xml:"instanceOwnerId,omitempty"`
	NetworkInterfaceID       string `xml:"networkInterfaceId,omitempty"`
	VpcPeeringConnectionID   string `xml:"vpcPeeringConnectionId,omitempty"`
	Origin                   string `xml:"origin"`
	State                    string `xml:"state"`
}

func (r reader) routeTable(t routeTable) routeTableAnswer {
	answer := routeTableAnswer{RouteTableID: t.id, VpcID: t.vpc, OwnerID: r.place.Account, TagSet: wire.ListOf(r.tagsOf("route-table", t.id))}
	for _, a := range t.associations {
		answer.Associations.Items = append(answer.Associations.Items, associationAnswer{
			ID: a.id, RouteTableID: t.id, SubnetID: a.subnet, GatewayID: a.gateway, Main: a.main, State: associationState{associated},
		})
	}
	for _, gateway := range t.propagating {
		answer.Propagating.Items = append(answer.Propagating.Items, propagatingAnswer{gateway})
	}
	for _, entry := range slices.Concat(r.localRoutes(t.vpc), t.routes, r.propagatedRoutes(t)) {
		answer.Routes.Items = append(answer.Routes.Items, r.route(t.vpc, entry))
	}
	return answer
}

// localRoutes are the routes that every table of the VPC has for the VPC's own blocks.
func (r reader) localRoutes(id string) []route {
	v, _ := r.vpcs.See(r.view("vpc"), id)
	var routes []route
	for _, b := range v.blocks {
		if b.state == associated || b.state == disassociating {
			routes = append(routes, route{destination: b.prefix.String(), target: target{"gatewayId", "local"}, origin: fromTable})
		}
	}
	return routes
}

func (r reader) route(vpc string, entry route) routeAnswer {
	answer := routeAnswer{Origin: entry.origin, State: r.routeState(vpc, entry)}
	switch prefix, err := netip.ParsePrefix(entry.destination); {
	case err != nil:
		answer.DestinationPrefixListID = entry.destination
	case prefix.Addr().Is4():
		answer.DestinationCidrBlock = entry.destination
	default:
		answer.DestinationIpv6CidrBlock = entry.destination
	}
	*answer.member(entry.target.member) = entry.target.id
	return answer
}

// member is the field of the answer that shows a target.
func (a *routeAnswer) member(name string) *string {
	return map[string]*string{
		"gatewayId": &a.GatewayID, "natGatewayId": &a.NatGatewayID, "transitGatewayId": &a.TransitGatewayID,
		"egressOnlyInternetGatewayId": &a.EgressOnlyGatewayID, "instanceId": &a.InstanceID,
		"networkInterfaceId": &a.NetworkInterfaceID, "vpcPeeringConnectionId": &a.VpcPeeringConnectionID,
	}[name]
}

func ofRoutes(value func(routeAnswer) string) func(routeTableAnswer) []string {
	return func(v routeTableAnswer) []string { return each(v.Routes.Items, value) }
}

func ofAssociations(value func(associationAnswer) string) func(routeTableAnswer) []string {
	return func(v routeTableAnswer) []string { return each(v.Associations.Items, value) }
}

// routeTableProperties are the filters of API_DescribeRouteTables.
var routeTableProperties = properties[routeTableAnswer]{
	"route-table-id": func(v routeTableAnswer) []string { return one(v.RouteTableID) },
	"vpc-id":         func(v routeTableAnswer) []string { return one(v.VpcID) },
	"owner-id":       func(v routeTableAnswer) []string { return one(v.OwnerID) },

	"association.gateway-id":                 ofAssociations(func(a associationAnswer) string { return a.GatewayID }),
	"association.route-table-association-id": ofAssociations(func(a associationAnswer) string { return a.ID }),
	"association.route-table-id":             ofAssociations(func(a associationAnswer) string { return a.RouteTableID }),
	"association.subnet-id":                  ofAssociations(func(a associationAnswer) string { return a.SubnetID }),
	"association.main":                       ofAssociations(func(a associationAnswer) string { return truth(a.Main)[0] }),

	"route.destination-cidr-block":          ofRoutes(func(a routeAnswer) string { return a.DestinationCidrBlock }),
	"route.destination-ipv6-cidr-block":     ofRoutes(func(a routeAnswer) string { return a.DestinationIpv6CidrBlock }),
	"route.destination-prefix-list-id":      ofRoutes(func(a routeAnswer) string { return a.DestinationPrefixListID }),
	"route.egress-only-internet-gateway-id": ofRoutes(func(a routeAnswer) string { return a.EgressOnlyGatewayID }),
	"route.gateway-id":                      ofRoutes(func(a routeAnswer) string { return a.GatewayID }),
	"route.instance-id":                     ofRoutes(func(a routeAnswer) string { return a.InstanceID }),
	"route.nat-gateway-id":                  ofRoutes(func(a routeAnswer) string { return a.NatGatewayID }),
	"route.transit-gateway-id":              ofRoutes(func(a routeAnswer) string { return a.TransitGatewayID }),
	"route.origin":                          ofRoutes(func(a routeAnswer) string { return a.Origin }),
	"route.state":                           ofRoutes(func(a routeAnswer) string { return a.State }),
	"route.vpc-peering-connection-id":       ofRoutes(func(a routeAnswer) string { return a.VpcPeeringConnectionID }),
}

type describeRouteTablesRequest struct {
	RouteTableIDs []string `query:"RouteTableId"`
	Filters       []filter `query:"Filter"`
	page
}

type describeRouteTablesAnswer struct {
	RouteTables wire.List[routeTableAnswer] `xml:"routeTableSet"`
	NextToken   string                      `xml:"nextToken,omitempty"`
}

func (s *Service) describeRouteTables(c *sim.Call, in *describeRouteTablesRequest) (*describeRouteTablesAnswer, error) {
	all, view := s.shownRouteTables(c), c.View("route-table")
	found, err := seen(routeTableKind, all, view, in.RouteTableIDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v routeTable) routeTableAnswer { return all.reader(view, v.id).routeTable(v) }, routeTableProperties, in.Filters, in.page, bounds{5, 100},
		func(v routeTableAnswer) string { return v.RouteTableID })
	return &describeRouteTablesAnswer{RouteTables: wire.ListOf(answers), NextToken: next}, err
}
