package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var natGatewayKind = kind{
	name: "natgateway", prefix: "nat", noun: "natGateway",
	notFound: "NatGatewayNotFound", malformed: "NatGatewayMalformed",
}

// natGateway is a NAT gateway in store, as far as routes need it.
type natGateway struct {
	id           string
	vpc          string
	subnet       string
	connectivity string
	state        string
	created      time.Time
}

func (s *Service) natGatewayActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateNatGateway":    wire.Query(s.createNatGateway),
		"DeleteNatGateway":    wire.Query(s.deleteNatGateway),
		"DescribeNatGateways": wire.Query(s.describeNatGateways),
	}
}

type natGatewayAnswer struct {
	ID           string         `xml:"natGatewayId"`
	VpcID        string         `xml:"vpcId"`
	SubnetID     string         `xml:"subnetId"`
	State        string         `xml:"state"`
	Connectivity string         `xml:"connectivityType"`
	Created      string         `xml:"createTime"`
	TagSet       wire.List[tag] `xml:"tagSet"`
}

func (v natGatewayAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) natGateway(g natGateway) natGatewayAnswer {
	return natGatewayAnswer{g.id, g.vpc, g.subnet, g.state, g.connectivity, g.created.Format(time.RFC3339), wire.ListOf(r.tagsOf("natgateway", g.id))}
}

// createNatGatewayRequest knows private gateways only: awssim has no public addresses.
type createNatGatewayRequest struct {
	SubnetID          string             `query:"SubnetId,required"`
	ConnectivityType  string             `query:"ConnectivityType,required"`
	ClientToken       string             `query:"ClientToken"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createNatGatewayAnswer struct {
	Gateway     natGatewayAnswer `xml:"natGateway"`
	ClientToken string           `xml:"clientToken,omitempty"`
}

func (g natGateway) identity() string { return g.id }

func (s *Service) createNatGateway(c *sim.Call, in *createNatGatewayRequest) (*createNatGatewayAnswer, error) {
	here := s.at(c.Place)
	sub, err := find(subnetKind, &here.subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, "natgateway")
	if err != nil {
		return nil, err
	}
	if in.ConnectivityType != "private" {
		return nil, sim.Fail("InvalidParameterValue", "awssim makes NAT gateways of connectivity type private only")
	}
	made, err := repeated(here, "CreateNatGateway", in.ClientToken, &here.natGateways, func() (natGateway, error) {
		made := natGateway{id: c.NewID("nat"), vpc: sub.vpc, subnet: sub.id, connectivity: in.ConnectivityType, state: "pending", created: c.Now}
		here.natGateways.Put(c.Stamp(), made.id, made)
		here.putTags(c, made.id, tags)
		here.natGatewayBecomes(c, made.id, "pending", "available")
		return made, nil
	})
	return &createNatGatewayAnswer{s.truth(c.Place, c.Now).natGateway(made), in.ClientToken}, err
}

func (h *holdings) natGatewayBecomes(c *sim.Call, id, from, to string) {
	c.After("nat-gateway", from, func(at time.Time) {
		h.natGateways.Update(c.StampAt(at), id, func(g *natGateway) {
			if g.state == from {
				g.state = to
			}
		})
	})
}

type natGatewayIDRequest struct {
	ID string `query:"NatGatewayId,required"`
}

type deleteNatGatewayAnswer struct {
	ID string `xml:"natGatewayId"`
}

func (s *Service) deleteNatGateway(c *sim.Call, in *natGatewayIDRequest) (*deleteNatGatewayAnswer, error) {
	here := s.at(c.Place)
	gateway, err := find(natGatewayKind, &here.natGateways, in.ID)
	if err != nil {
		return nil, err
	}
	gateway.state = "deleting"
	here.natGateways.Put(c.Stamp(), gateway.id, gateway)
	here.natGatewayBecomes(c, gateway.id, "deleting", "deleted")
	return &deleteNatGatewayAnswer{gateway.id}, nil
}

// natGatewayProperties are the filters of API_DescribeNatGateways.
var natGatewayProperties = properties[natGatewayAnswer]{
	"nat-gateway-id": func(v natGatewayAnswer) []string { return one(v.ID) },
	"state":          func(v natGatewayAnswer) []string { return one(v.State) },
	"subnet-id":      func(v natGatewayAnswer) []string { return one(v.SubnetID) },
	"vpc-id":         func(v natGatewayAnswer) []string { return one(v.VpcID) },
}

type describeNatGatewaysRequest struct {
	IDs     []string `query:"NatGatewayId"`
	Filters []filter `query:"Filter"`
	page
}

type describeNatGatewaysAnswer struct {
	Gateways  wire.List[natGatewayAnswer] `xml:"natGatewaySet"`
	NextToken string                      `xml:"nextToken,omitempty"`
}

func (s *Service) describeNatGateways(c *sim.Call, in *describeNatGatewaysRequest) (*describeNatGatewaysAnswer, error) {
	r := s.reader(c)
	found, err := seen(natGatewayKind, &r.natGateways, c.View("natgateway"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.natGateway, natGatewayProperties, in.Filters, in.page, bounds{5, 1000},
		func(v natGatewayAnswer) string { return v.ID })
	return &describeNatGatewaysAnswer{wire.ListOf(answers), next}, err
}
