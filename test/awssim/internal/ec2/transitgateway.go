package ec2

import (
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var transitGatewayKind = kind{
	name: "transit-gateway", prefix: "tgw", noun: "transitGateway",
	notFound: "InvalidTransitGatewayID.NotFound", malformed: "InvalidTransitGatewayID.Malformed",
}

// transitGateway is a transit gateway in store, as far as routes need it.
type transitGateway struct {
	id          string
	description string
	state       string
	created     time.Time
}

func (s *Service) transitGatewayActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateTransitGateway":    wire.Query(s.createTransitGateway),
		"DeleteTransitGateway":    wire.Query(s.deleteTransitGateway),
		"DescribeTransitGateways": wire.Query(s.describeTransitGateways),

		"CreateTransitGatewayVpcAttachment":    wire.Query(s.createTransitAttachment),
		"DeleteTransitGatewayVpcAttachment":    wire.Query(s.deleteTransitAttachment),
		"DescribeTransitGatewayVpcAttachments": wire.Query(s.describeTransitAttachments),
	}
}

type transitGatewayAnswer struct {
	ID          string         `xml:"transitGatewayId"`
	ARN         string         `xml:"transitGatewayArn"`
	OwnerID     string         `xml:"ownerId"`
	State       string         `xml:"state"`
	Description string         `xml:"description,omitempty"`
	Created     string         `xml:"creationTime"`
	TagSet      wire.List[tag] `xml:"tagSet"`
}

func (v transitGatewayAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) transitGateway(g transitGateway) transitGatewayAnswer {
	return transitGatewayAnswer{
		g.id, r.place.ARN("ec2", "transit-gateway/"+g.id), r.place.Account,
		g.state, g.description, g.created.Format(time.RFC3339), wire.ListOf(r.tagsOf("transit-gateway", g.id)),
	}
}

type createTransitGatewayRequest struct {
	Description       string             `query:"Description"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type transitGatewayResult struct {
	Gateway transitGatewayAnswer `xml:"transitGateway"`
}

func (s *Service) createTransitGateway(c *sim.Call, in *createTransitGatewayRequest) (*transitGatewayResult, error) {
	tags, err := tagsToMake(in.TagSpecifications, "transit-gateway")
	if err != nil {
		return nil, err
	}
	here := s.at(c.Place)
	made := transitGateway{id: c.NewID("tgw"), description: in.Description, state: "pending", created: c.Now}
	here.transitGateways.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	c.After("transit-gateway", "pending", func(at time.Time) {
		here.transitGateways.Update(c.StampAt(at), made.id, func(g *transitGateway) { g.state = "available" })
	})
	return &transitGatewayResult{s.truth(c.Place, c.Now).transitGateway(made)}, nil
}

type transitGatewayIDRequest struct {
	ID string `query:"TransitGatewayId,required"`
}

func (s *Service) deleteTransitGateway(c *sim.Call, in *transitGatewayIDRequest) (*transitGatewayResult, error) {
	here := s.at(c.Place)
	gateway, err := find(transitGatewayKind, &here.transitGateways, in.ID)
	if err != nil {
		return nil, err
	}
	for _, attachment := range here.transitAttachments.All() {
		if attachment.gateway == gateway.id {
			return nil, sim.Fail("IncorrectState", "%s has non-deleted VPC Attachments: %s", gateway.id, attachment.id)
		}
	}
	here.transitGateways.Delete(c.Stamp(), gateway.id)
	gateway.state = "deleted"
	return &transitGatewayResult{s.truth(c.Place, c.Now).transitGateway(gateway)}, nil
}

// transitGatewayProperties are the filters of API_DescribeTransitGateways that awssim's gateways have anything for.
var transitGatewayProperties = properties[transitGatewayAnswer]{
	"transit-gateway-id": func(v transitGatewayAnswer) []string { return one(v.ID) },
	"owner-id":           func(v transitGatewayAnswer) []string { return one(v.OwnerID) },
	"state":              func(v transitGatewayAnswer) []string { return one(v.State) },
}

type describeTransitGatewaysRequest struct {
	IDs     []string `query:"TransitGatewayIds"`
	Filters []filter `query:"Filter"`
	page
}

type describeTransitGatewaysAnswer struct {
	Gateways  wire.List[transitGatewayAnswer] `xml:"transitGatewaySet"`
	NextToken string                          `xml:"nextToken,omitempty"`
}

func (s *Service) describeTransitGateways(c *sim.Call, in *describeTransitGatewaysRequest) (*describeTransitGatewaysAnswer, error) {
	r := s.reader(c)
	found, err := seen(transitGatewayKind, &r.transitGateways, c.View("transit-gateway"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.transitGateway, transitGatewayProperties, in.Filters, in.page, bounds{5, 1000},
		func(v transitGatewayAnswer) string { return v.ID })
	return &describeTransitGatewaysAnswer{wire.ListOf(answers), next}, err
}
