package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var routeTableKind = kind{name: "route-table", prefix: "rtb", noun: "routeTable", notFound: "InvalidRouteTableID.NotFound", malformed: "InvalidRouteTableId.Malformed"}

// routeTable is a route table in store. Local routes are not stored: they follow the VPC's blocks.
type routeTable struct {
	id           string
	vpc          string
	associations []association
	routes       []route
	// propagating are the VPN gateways that may write routes here.
	propagating []string
}

// association ties a table to a subnet, to a gateway (an edge table), or to the VPC as its main table.
type association struct {
	id      string
	subnet  string
	gateway string
	main    bool
}

func (t routeTable) isMain() bool {
	return slices.ContainsFunc(t.associations, func(a association) bool { return a.main })
}

// isEdge says whether the table is a gateway's.
func (t routeTable) isEdge() bool {
	return slices.ContainsFunc(t.associations, func(a association) bool { return a.gateway != "" })
}

func (s *Service) routeTableActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateRouteTable":    wire.Query(s.createRouteTable),
		"DescribeRouteTables": wire.Query(s.describeRouteTables),
		"DeleteRouteTable":    wire.Query(s.deleteRouteTable),
	}
}

// makeMainRouteTable makes the table that every VPC has.
func (s *Service) makeMainRouteTable(c *sim.Call, v vpc) {
	made := routeTable{id: c.NewID("rtb"), vpc: v.id, associations: []association{{id: c.NewID("rtbassoc"), main: true}}}
	s.at(c.Place).routeTables.Put(c.Stamp(), made.id, made)
}

type createRouteTableRequest struct {
	VpcID             string             `query:"VpcId,required"`
	ClientToken       string             `query:"ClientToken"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createRouteTableAnswer struct {
	RouteTable  routeTableAnswer `xml:"routeTable"`
	ClientToken string           `xml:"clientToken,omitempty"`
}

func (s *Service) createRouteTable(c *sim.Call, in *createRouteTableRequest) (*createRouteTableAnswer, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, "route-table")
	if err != nil {
		return nil, err
	}
	made, err := repeated(here, "CreateRouteTable", in.ClientToken, &here.routeTables, func() (routeTable, error) {
		made := routeTable{id: c.NewID("rtb"), vpc: v.id}
		here.routeTables.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		return made, nil
	})
	return &createRouteTableAnswer{RouteTable: s.truth(c.Place, c.Now).routeTable(made), ClientToken: in.ClientToken}, err
}

type routeTableIDRequest struct {
	RouteTableID string `query:"RouteTableId,required"`
}

func (s *Service) deleteRouteTable(c *sim.Call, in *routeTableIDRequest) (*done, error) {
	here := s.at(c.Place)
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	if len(table.associations) > 0 {
		return nil, sim.Fail("DependencyViolation", "The routeTable '%s' has dependencies and cannot be deleted.", table.id)
	}
	here.routeTables.Delete(c.Stamp(), table.id)
	here.tags.Delete(c.Stamp(), table.id)
	return &done{Return: true}, nil
}
