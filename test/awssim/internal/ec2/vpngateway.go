package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var vpnGatewayKind = kind{
	name: "vpn-gateway", prefix: "vgw", noun: "vpnGateway",
	notFound: "InvalidVpnGatewayID.NotFound", malformed: "InvalidVpnGatewayID.Malformed",
}

// vpnGateway is a VPN gateway in store, attached to a VPC or not. What it propagates is in propagation.go.
type vpnGateway struct {
	id  string
	vpc string
	asn int64
}

func (s *Service) vpnGatewayActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateVpnGateway":           wire.Query(s.createVpnGateway),
		"AttachVpnGateway":           wire.Query(s.attachVpnGateway),
		"DetachVpnGateway":           wire.Query(s.detachVpnGateway),
		"DeleteVpnGateway":           wire.Query(s.deleteVpnGateway),
		"DescribeVpnGateways":        wire.Query(s.describeVpnGateways),
		"EnableVgwRoutePropagation":  wire.Query(s.enableRoutePropagation),
		"DisableVgwRoutePropagation": wire.Query(s.disableRoutePropagation),
	}
}

type vpnGatewayAnswer struct {
	ID          string                      `xml:"vpnGatewayId"`
	State       string                      `xml:"state"`
	Type        string                      `xml:"type"`
	ASN         int64                       `xml:"amazonSideAsn"`
	Attachments wire.List[attachmentAnswer] `xml:"attachments"`
	TagSet      wire.List[tag]              `xml:"tagSet"`
}

func (v vpnGatewayAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) vpnGateway(g vpnGateway) vpnGatewayAnswer {
	return vpnGatewayAnswer{g.id, "available", "ipsec.1", g.asn, attachmentTo(g.vpc, "attached"), wire.ListOf(r.tagsOf("vpn-gateway", g.id))}
}

type createVpnGatewayRequest struct {
	Type              string             `query:"Type,required"`
	ASN               int64              `query:"AmazonSideAsn"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createVpnGatewayAnswer struct {
	Gateway vpnGatewayAnswer `xml:"vpnGateway"`
}

// amazonASN is the private ASN that AWS's end has by default.
const amazonASN = 64512

func (s *Service) createVpnGateway(c *sim.Call, in *createVpnGatewayRequest) (*createVpnGatewayAnswer, error) {
	tags, err := tagsToMake(in.TagSpecifications, "vpn-gateway")
	if err != nil {
		return nil, err
	}
	if in.Type != "ipsec.1" {
		return nil, sim.Fail("InvalidParameterValue", "Value (%s) for parameter type is invalid. Unknown gateway type.", in.Type)
	}
	made := vpnGateway{id: c.NewID("vgw"), asn: in.ASN}
	if made.asn == 0 {
		made.asn = amazonASN
	}
	here := s.at(c.Place)
	here.vpnGateways.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	return &createVpnGatewayAnswer{s.truth(c.Place, c.Now).vpnGateway(made)}, nil
}

type vpnGatewayRequest struct {
	ID    string `query:"VpnGatewayId,required"`
	VpcID string `query:"VpcId,required"`
}

type attachVpnGatewayAnswer struct {
	Attachment attachmentAnswer `xml:"attachment"`
}

func (s *Service) attachVpnGateway(c *sim.Call, in *vpnGatewayRequest) (*attachVpnGatewayAnswer, error) {
	here := s.at(c.Place)
	gateway, err := find(vpnGatewayKind, &here.vpnGateways, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	for _, other := range here.vpnGateways.All() {
		if other.vpc == v.id || (other.id == gateway.id && other.vpc != "") {
			return nil, sim.Fail("VpnGatewayAttachmentLimitExceeded", "resource %s is already attached to network %s", other.id, other.vpc)
		}
	}
	gateway.vpc = v.id
	here.vpnGateways.Put(c.Stamp(), gateway.id, gateway)
	return &attachVpnGatewayAnswer{attachmentAnswer{v.id, "attached"}}, nil
}

func (s *Service) detachVpnGateway(c *sim.Call, in *vpnGatewayRequest) (*done, error) {
	here := s.at(c.Place)
	gateway, err := find(vpnGatewayKind, &here.vpnGateways, in.ID)
	if err != nil {
		return nil, err
	}
	if gateway.vpc != in.VpcID {
		return nil, sim.Fail("InvalidVpnGatewayAttachment.NotFound", "The attachment with vpn gateway ID '%s' and vpc ID '%s' does not exist", gateway.id, in.VpcID)
	}
	gateway.vpc = ""
	here.vpnGateways.Put(c.Stamp(), gateway.id, gateway)
	here.forgetAssociations(c, gateway.id)
	here.stopPropagation(c, gateway.id)
	return &done{Return: true}, nil
}

type vpnGatewayIDRequest struct {
	ID string `query:"VpnGatewayId,required"`
}

func (s *Service) deleteVpnGateway(c *sim.Call, in *vpnGatewayIDRequest) (*done, error) {
	here := s.at(c.Place)
	gateway, err := find(vpnGatewayKind, &here.vpnGateways, in.ID)
	if err != nil {
		return nil, err
	}
	if gateway.vpc != "" {
		return nil, sim.Fail("IncorrectState", "The vpnGateway '%s' is attached to '%s' and cannot be deleted.", gateway.id, gateway.vpc)
	}
	here.vpnGateways.Delete(c.Stamp(), gateway.id)
	here.tags.Delete(c.Stamp(), gateway.id)
	return &done{Return: true}, nil
}

// vpnGatewayProperties are the filters of API_DescribeVpnGateways.
var vpnGatewayProperties = properties[vpnGatewayAnswer]{
	"vpn-gateway-id":    func(v vpnGatewayAnswer) []string { return one(v.ID) },
	"state":             func(v vpnGatewayAnswer) []string { return one(v.State) },
	"type":              func(v vpnGatewayAnswer) []string { return one(v.Type) },
	"attachment.vpc-id": func(v vpnGatewayAnswer) []string { return attachedVpcs(v.Attachments) },
	"attachment.state":  func(v vpnGatewayAnswer) []string { return attachmentStates(v.Attachments) },
}

type describeVpnGatewaysRequest struct {
	IDs     []string `query:"VpnGatewayId"`
	Filters []filter `query:"Filter"`
}

type describeVpnGatewaysAnswer struct {
	Gateways wire.List[vpnGatewayAnswer] `xml:"vpnGatewaySet"`
}

func (s *Service) describeVpnGateways(c *sim.Call, in *describeVpnGatewaysRequest) (*describeVpnGatewaysAnswer, error) {
	r := s.reader(c)
	found, err := seen(vpnGatewayKind, &r.vpnGateways, c.View("vpn-gateway"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, _, err := present(found, r.vpnGateway, vpnGatewayProperties, in.Filters, page{}, bounds{},
		func(v vpnGatewayAnswer) string { return v.ID })
	return &describeVpnGatewaysAnswer{wire.ListOf(answers)}, err
}

type propagationRequest struct {
	GatewayID    string `query:"GatewayId,required"`
	RouteTableID string `query:"RouteTableId,required"`
}

func (s *Service) enableRoutePropagation(c *sim.Call, in *propagationRequest) (*done, error) {
	here := s.at(c.Place)
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	gateway, err := find(vpnGatewayKind, &here.vpnGateways, in.GatewayID)
	if err != nil {
		return nil, err
	}
	if gateway.vpc != table.vpc {
		return nil, sim.Fail("Gateway.NotAttached", "resource %s is not attached to network %s", gateway.id, table.vpc)
	}
	if !slices.Contains(table.propagating, gateway.id) {
		here.routeTables.Update(c.Stamp(), table.id, func(t *routeTable) { t.propagating = append(slices.Clone(t.propagating), gateway.id) })
	}
	return &done{Return: true}, nil
}

func (s *Service) disableRoutePropagation(c *sim.Call, in *propagationRequest) (*done, error) {
	here := s.at(c.Place)
	table, err := find(routeTableKind, &here.routeTables, in.RouteTableID)
	if err != nil {
		return nil, err
	}
	if _, err := find(vpnGatewayKind, &here.vpnGateways, in.GatewayID); err != nil {
		return nil, err
	}
	here.dropPropagation(c, table.id, in.GatewayID)
	return &done{Return: true}, nil
}

func (h *holdings) dropPropagation(c *sim.Call, table, gateway string) {
	h.routeTables.Update(c.Stamp(), table, func(t *routeTable) {
		t.propagating = slices.DeleteFunc(slices.Clone(t.propagating), func(id string) bool { return id == gateway })
	})
}

func (h *holdings) stopPropagation(c *sim.Call, gateway string) {
	for _, table := range h.routeTables.All() {
		if slices.Contains(table.propagating, gateway) {
			h.dropPropagation(c, table.id, gateway)
		}
	}
}
