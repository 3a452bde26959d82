package ec2

import (
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// target is what a route points at: the name of the answer's member, and the id in it.
type target struct {
	member string
	id     string
}

// inside says whether the target is an interface in the VPC.
func (t target) inside() bool { return t.member == "networkInterfaceId" || t.member == "instanceId" }

// targetRequest names a target: exactly one of these.
type targetRequest struct {
	GatewayID           string `query:"GatewayId"`
	NatGatewayID        string `query:"NatGatewayId"`
	TransitGatewayID    string `query:"TransitGatewayId"`
	PeeringConnectionID string `query:"VpcPeeringConnectionId"`
	NetworkInterfaceID  string `query:"NetworkInterfaceId"`
	InstanceID          string `query:"InstanceId"`
}

// one is the one target of the request.
func (in targetRequest) one() (target, error) {
	var found []target
	for member, id := range map[string]string{
		"gatewayId": in.GatewayID, "natGatewayId": in.NatGatewayID, "transitGatewayId": in.TransitGatewayID,
		"vpcPeeringConnectionId": in.PeeringConnectionID, "networkInterfaceId": in.NetworkInterfaceID, "instanceId": in.InstanceID,
	} {
		if id != "" {
			found = append(found, target{member, id})
		}
	}
	switch len(found) {
	case 0:
		return target{}, sim.Fail("MissingParameter", "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, transitGatewayId, instanceId")
	case 1:
		return found[0], nil
	}
	return target{}, sim.Fail("InvalidParameterCombination", "Only one route target can be given")
}

// reachable refuses a target that does not exist or is not of the table's VPC.
func (s *Service) reachable(c *sim.Call, table routeTable, to target) error {
	network, err := s.targetNetwork(c, table, to)
	if err != nil {
		return err
	}
	if network != table.vpc {
		return sim.Fail("InvalidParameterValue", "route table %s and network gateway %s belong to different networks", table.id, to.id)
	}
	return nil
}

// targetNetwork is the VPC that the target serves; the table's, where it serves that among others.
func (s *Service) targetNetwork(c *sim.Call, table routeTable, to target) (string, error) {
	here := s.at(c.Place)
	switch to.member {
	case "vpcPeeringConnectionId":
		return s.peeringNetwork(c, table, to.id)
	case "natGatewayId":
		gateway, err := find(natGatewayKind, &here.natGateways, to.id)
		return gateway.vpc, err
	case "transitGatewayId":
		return here.transitNetwork(table, to.id)
	case "gatewayId":
		return here.gatewayNetwork(to.id)
	default:
		return here.interfaceNetwork(to)
	}
}

func (s *Service) peeringNetwork(c *sim.Call, table routeTable, id string) (string, error) {
	p, err := s.visiblePeering(c, id)
	switch {
	case err != nil:
		return "", err
	case !p.live() && p.state != deleting:
		return "", peeringKind.missing(id)
	case p.involves(c.Place, table.vpc):
		return table.vpc, nil
	}
	return "", nil
}

func (h *holdings) gatewayNetwork(id string) (string, error) {
	if strings.HasPrefix(id, vpnGatewayKind.prefix+"-") {
		gateway, err := find(vpnGatewayKind, &h.vpnGateways, id)
		return gateway.vpc, err
	}
	gateway, err := find(internetGatewayKind, &h.internetGateways, id)
	return gateway.vpc, err
}

// transitNetwork is the table's VPC when it is attached to the transit gateway.
func (h *holdings) transitNetwork(table routeTable, id string) (string, error) {
	if _, err := find(transitGatewayKind, &h.transitGateways, id); err != nil {
		return "", err
	}
	if !h.attached(id, table.vpc) {
		return "", sim.Fail("InvalidTransitGatewayID.NotFound", "The transitGateway ID '%s' does not exist", id)
	}
	return table.vpc, nil
}

// routeState says whether the target can still be reached.
func (r reader) routeState(vpc string, entry route) string {
	var reached bool
	switch entry.target.member {
	case "vpcPeeringConnectionId":
		p, shown := r.service.peerings.See(r.view(peeringType), entry.target.id)
		reached = shown && p.state == active
	case "natGatewayId":
		gateway, exists := r.natGateways.Get(entry.target.id)
		// Its routes stay and are blackholes (docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html, "Delete a NAT gateway").
		reached = exists && gateway.vpc == vpc && gateway.state != "deleting" && gateway.state != "deleted"
	case "transitGatewayId":
		reached = r.attached(entry.target.id, vpc)
	case "gatewayId":
		network, err := r.gatewayNetwork(entry.target.id)
		reached = entry.target.id == "local" || err == nil && network == vpc
	default:
		network, err := r.interfaceNetwork(entry.target)
		reached = err == nil && network == vpc
	}
	if reached {
		return "active"
	}
	return "blackhole"
}
