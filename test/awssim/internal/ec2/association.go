package ec2

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

func (s *Service) associationActions() map[string]sim.Action {
	return map[string]sim.Action{
		"AssociateRouteTable":          wire.Query(s.associateRouteTable),
		"DisassociateRouteTable":       wire.Query(s.disassociateRouteTable),
		"ReplaceRouteTableAssociation": wire.Query(s.replaceRouteTableAssociation),
	}
}

type associateRouteTableRequest struct {
	RouteTableID string `query:"RouteTableId,required"`
	SubnetID     string `query:"SubnetId"`
	GatewayID    string `query:"GatewayId"`
}

type associateRouteTableAnswer struct {
	AssociationID string           `xml:"associationId"`
	State         associationState `xml:"associationState"`
}

func (s *Service) associateRouteTable(c *sim.Call, in *associateRouteTableRequest) (*associateRouteTableAnswer, error) {
	here := s.at(c.Place)
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	if (in.SubnetID == "") == (in.GatewayID == "") {
		return nil, sim.Fail("InvalidParameterCombination", "Exactly one of subnetId and gatewayId must be given")
	}
	wanted := association{subnet: in.SubnetID, gateway: in.GatewayID}
	if existing, held := here.holder(wanted); held && existing.table == table.id {
		return &associateRouteTableAnswer{existing.association.id, associationState{associated}}, nil
	}
	if err := here.mayAssociate(table, wanted); err != nil {
		return nil, err
	}
	wanted.id = c.NewID("rtbassoc")
	here.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) { t.associations = append(slices.Clone(t.associations), wanted) })
	return &associateRouteTableAnswer{wanted.id, associationState{associated}}, nil
}

// mayAssociate refuses what cannot share a network with the table, or already has another one.
func (h *holdings) mayAssociate(table routeTable, wanted association) error {
	network, err := h.networkOf(wanted)
	if err != nil {
		return err
	}
	other, held := h.holder(wanted)
	switch {
	case network != table.vpc:
		return sim.Fail("InvalidParameterValue", "route table %s and %s%s belong to different networks", table.id, wanted.subnet, wanted.gateway)
	case held:
		return sim.Fail("Resource.AlreadyAssociated", "the specified association for route table %s conflicts with an existing association", other.table)
	case wanted.gateway != "" && table.isMain():
		return sim.Fail("InvalidParameterValue", "The main route table %s cannot be associated with a gateway", table.id)
	case wanted.gateway != "" && slices.ContainsFunc(table.routes, func(r route) bool { return r.target.member != "networkInterfaceId" }):
		return sim.Fail("InvalidParameterValue", "Route table %s contains invalid route targets for a gateway association", table.id)
	}
	return nil
}

// networkOf is the VPC of the subnet or gateway.
func (h *holdings) networkOf(wanted association) (string, error) {
	switch {
	case wanted.subnet != "":
		sub, err := find(subnetKind, &h.subnets, wanted.subnet)
		return sub.vpc, err
	case strings.HasPrefix(wanted.gateway, vpnGatewayKind.prefix):
		gateway, err := find(vpnGatewayKind, &h.vpnGateways, wanted.gateway)
		return gateway.vpc, err
	default:
		gateway, err := find(internetGatewayKind, &h.internetGateways, wanted.gateway)
		return gateway.vpc, err
	}
}

// held is an association with the table that has it.
type held struct {
	table       string
	association association
}

// holder finds the table that the same subnet or gateway is associated with.
func (h *holdings) holder(wanted association) (held, bool) {
	return h.findAssociation(func(a association) bool {
		return !a.main && a.subnet == wanted.subnet && a.gateway == wanted.gateway
	})
}

func (h *holdings) findAssociation(is func(association) bool) (held, bool) {
	for _, table := range h.routeTables.All() {
		if i := slices.IndexFunc(table.associations, is); i >= 0 {
			return held{table.id, table.associations[i]}, true
		}
	}
	return held{}, false
}

// association finds an association by its id.
func (h *holdings) association(id string) (held, error) {
	found, ok := h.findAssociation(func(a association) bool { return a.id == id })
	if !ok {
		return found, sim.Fail("InvalidAssociationID.NotFound", "The association ID '%s' does not exist", id)
	}
	return found, nil
}

func (h *holdings) dropAssociation(c *sim.Call, drop held) {
	h.routeTables.Update(c.Stamp(), drop.table, func(t *routeTable) {
		t.associations = slices.DeleteFunc(slices.Clone(t.associations), func(a association) bool { return a.id == drop.association.id })
	})
}

// forgetAssociations drops what tied route tables to a subnet or gateway that is gone.
func (h *holdings) forgetAssociations(c *sim.Call, id string) {
	for {
		bound, ok := h.findAssociation(func(a association) bool { return a.subnet == id || a.gateway == id })
		if !ok {
			return
		}
		h.dropAssociation(c, bound)
	}
}

type associationIDRequest struct {
	AssociationID string `query:"AssociationId,required"`
}

func (s *Service) disassociateRouteTable(c *sim.Call, in *associationIDRequest) (*done, error) {
	here := s.at(c.Place)
	found, err := here.association(in.AssociationID)
	if err != nil {
		return nil, err
	}
	if found.association.main {
		return nil, sim.Fail("InvalidParameterValue", "cannot disassociate the main route table association %s", in.AssociationID)
	}
	here.dropAssociation(c, found)
	return &done{Return: true}, nil
}

type replaceRouteTableAssociationRequest struct {
	AssociationID string `query:"AssociationId,required"`
	RouteTableID  string `query:"RouteTableId,required"`
}

type replaceRouteTableAssociationAnswer struct {
	NewAssociationID string           `xml:"newAssociationId"`
	State            associationState `xml:"associationState"`
}

func (s *Service) replaceRouteTableAssociation(c *sim.Call, in *replaceRouteTableAssociationRequest) (*replaceRouteTableAssociationAnswer, error) {
	here := s.at(c.Place)
	old, err := here.association(in.AssociationID)
	if err != nil {
		return nil, err
	}
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	former, _ := here.routeTables.Get(old.table)
	if former.vpc != table.vpc {
		return nil, sim.Fail("InvalidParameterValue", "route table %s and association %s belong to different networks", table.id, in.AssociationID)
	}
	if old.association.main && table.isEdge() {
		return nil, sim.Fail("InvalidParameterValue", "The gateway route table %s cannot be the main route table", table.id)
	}
	here.dropAssociation(c, old)
	moved := old.association
	moved.id = c.NewID("rtbassoc")
	here.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) { t.associations = append(slices.Clone(t.associations), moved) })
	return &replaceRouteTableAssociationAnswer{moved.id, associationState{associated}}, nil
}
