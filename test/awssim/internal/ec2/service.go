package ec2

import (
	"maps"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// Service is the simulated EC2 of all accounts and regions.
type Service struct {
	world  *sim.World
	places map[sim.Place]*holdings
	// peerings and their options are shared by their two ends.
	peerings       sim.Table[peering]
	peeringOptions sim.Table[options]
	// shares are the subnets that accounts share with each other.
	shares []share
	// ipv6Blocks counts the IPv6 blocks handed out.
	ipv6Blocks int
}

// holdings are what one account has in one region.
type holdings struct {
	vpcs        sim.Table[vpc]
	subnets     sim.Table[subnet]
	routeTables sim.Table[routeTable]
	groups      sim.Table[group]
	acls        sim.Table[acl]
	prefixLists sim.Table[prefixList]

	internetGateways   sim.Table[internetGateway]
	vpnGateways        sim.Table[vpnGateway]
	natGateways        sim.Table[natGateway]
	transitGateways    sim.Table[transitGateway]
	transitAttachments sim.Table[transitAttachment]

	computing

	// tags are by resource id. They are the place's own: a connection that two places share has tags in each.
	tags sim.Table[[]tag]
	// tokens are the ids made by earlier calls, by action and client token.
	tokens map[string]string
}

// New makes an EC2 without any resource.
func New(world *sim.World) *Service {
	s := &Service{world: world}
	s.Reset()
	return s
}

// Name implements sim.Service.
func (s *Service) Name() string { return "ec2" }

// Protocol implements sim.Service.
func (s *Service) Protocol() sim.Protocol {
	return wire.EC2{Namespace: "http://ec2.amazonaws.com/doc/2016-11-15/"}
}

// Reset implements sim.Service.
func (s *Service) Reset() { *s = Service{world: s.world, places: map[sim.Place]*holdings{}} }

// Actions implements sim.Service.
func (s *Service) Actions() map[string]sim.Action {
	all := map[string]sim.Action{}
	for _, some := range []map[string]sim.Action{
		s.vpcActions(),
		s.subnetActions(),
		s.routeTableActions(),
		s.routeActions(),
		s.associationActions(),
		s.peeringActions(),
		s.groupActions(),
		s.ruleActions(),
		s.aclActions(),
		s.prefixListActions(),
		s.internetGatewayActions(),
		s.vpnGatewayActions(),
		s.natGatewayActions(),
		s.transitGatewayActions(),
		s.tagActions(),
		s.regionActions(),
		s.computingActions(),
	} {
		maps.Copy(all, some)
	}
	return all
}

// at is what the place has.
func (s *Service) at(place sim.Place) *holdings {
	if s.places[place] == nil {
		s.places[place] = &holdings{}
	}
	return s.places[place]
}
