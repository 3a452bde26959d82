package ec2

import (
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var transitAttachmentKind = kind{
	name: "transit-gateway-attachment", prefix: "tgw-attach", noun: "transitGatewayAttachment",
	notFound: "InvalidTransitGatewayAttachmentID.NotFound", malformed: "InvalidTransitGatewayAttachmentID.Malformed",
}

// transitAttachment ties a VPC to a transit gateway.
type transitAttachment struct {
	id      string
	gateway string
	vpc     string
	subnets []string
	state   string
	created time.Time
}

// attached says whether the VPC is attached to the transit gateway.
func (h *holdings) attached(gateway, vpc string) bool {
	for _, a := range h.transitAttachments.All() {
		if a.gateway == gateway && a.vpc == vpc {
			return true
		}
	}
	return false
}

type transitAttachmentAnswer struct {
	ID         string            `xml:"transitGatewayAttachmentId"`
	GatewayID  string            `xml:"transitGatewayId"`
	VpcID      string            `xml:"vpcId"`
	VpcOwnerID string            `xml:"vpcOwnerId"`
	State      string            `xml:"state"`
	SubnetIDs  wire.List[string] `xml:"subnetIds"`
	Created    string            `xml:"creationTime"`
	TagSet     wire.List[tag]    `xml:"tagSet"`
}

func (v transitAttachmentAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) transitAttachment(a transitAttachment) transitAttachmentAnswer {
	return transitAttachmentAnswer{
		a.id, a.gateway, a.vpc, r.place.Account, a.state, wire.ListOf(a.subnets), a.created.Format(time.RFC3339),
		wire.ListOf(r.tagsOf("transit-gateway-attachment", a.id)),
	}
}

type createTransitAttachmentRequest struct {
	GatewayID         string             `query:"TransitGatewayId,required"`
	VpcID             string             `query:"VpcId,required"`
	SubnetIDs         []string           `query:"SubnetIds,required"`
	TagSpecifications []tagSpecification `query:"TagSpecifications"`
}

type transitAttachmentResult struct {
	Attachment transitAttachmentAnswer `xml:"transitGatewayVpcAttachment"`
}

func (s *Service) createTransitAttachment(c *sim.Call, in *createTransitAttachmentRequest) (*transitAttachmentResult, error) {
	here := s.at(c.Place)
	tags, err := tagsToMake(in.TagSpecifications, "transit-gateway-attachment")
	if err != nil {
		return nil, err
	}
	if err := here.mayJoin(in); err != nil {
		return nil, err
	}
	made := transitAttachment{id: c.NewID("tgw-attach"), gateway: in.GatewayID, vpc: in.VpcID, subnets: slices.Sorted(slices.Values(in.SubnetIDs)), state: "pending", created: c.Now}
	here.transitAttachments.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	c.After("transit-gateway-attachment", "pending", func(at time.Time) {
		here.transitAttachments.Update(c.StampAt(at), made.id, func(a *transitAttachment) { a.state = "available" })
	})
	return &transitAttachmentResult{s.truth(c.Place, c.Now).transitAttachment(made)}, nil
}

func (h *holdings) mayJoin(in *createTransitAttachmentRequest) error {
	if _, err := find(transitGatewayKind, &h.transitGateways, in.GatewayID); err != nil {
		return err
	}
	if _, err := find(vpcKind, &h.vpcs, in.VpcID); err != nil {
		return err
	}
	for _, id := range in.SubnetIDs {
		sub, err := find(subnetKind, &h.subnets, id)
		if err != nil {
			return err
		}
		if sub.vpc != in.VpcID {
			return sim.Fail("InvalidParameterValue", "subnet %s is not in vpc %s", id, in.VpcID)
		}
	}
	if h.attached(in.GatewayID, in.VpcID) {
		return sim.Fail("DuplicateTransitGatewayAttachment", "%s has non-deleted Transit Gateway Attachments with same VPC ID.", in.GatewayID)
	}
	return nil
}

type transitAttachmentIDRequest struct {
	ID string `query:"TransitGatewayAttachmentId,required"`
}

func (s *Service) deleteTransitAttachment(c *sim.Call, in *transitAttachmentIDRequest) (*transitAttachmentResult, error) {
	here := s.at(c.Place)
	attachment, err := find(transitAttachmentKind, &here.transitAttachments, in.ID)
	if err != nil {
		return nil, err
	}
	here.transitAttachments.Delete(c.Stamp(), attachment.id)
	attachment.state = "deleting"
	return &transitAttachmentResult{s.truth(c.Place, c.Now).transitAttachment(attachment)}, nil
}

// transitAttachmentProperties are the filters of API_DescribeTransitGatewayVpcAttachments.
var transitAttachmentProperties = properties[transitAttachmentAnswer]{
	"transit-gateway-attachment-id": func(v transitAttachmentAnswer) []string { return one(v.ID) },
	"transit-gateway-id":            func(v transitAttachmentAnswer) []string { return one(v.GatewayID) },
	"vpc-id":                        func(v transitAttachmentAnswer) []string { return one(v.VpcID) },
	"state":                         func(v transitAttachmentAnswer) []string { return one(v.State) },
}

type describeTransitAttachmentsRequest struct {
	IDs     []string `query:"TransitGatewayAttachmentIds"`
	Filters []filter `query:"Filter"`
	page
}

type describeTransitAttachmentsAnswer struct {
	Attachments wire.List[transitAttachmentAnswer] `xml:"transitGatewayVpcAttachments"`
	NextToken   string                             `xml:"nextToken,omitempty"`
}

func (s *Service) describeTransitAttachments(c *sim.Call, in *describeTransitAttachmentsRequest) (*describeTransitAttachmentsAnswer, error) {
	r := s.reader(c)
	found, err := seen(transitAttachmentKind, &r.transitAttachments, c.View("transit-gateway-attachment"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.transitAttachment, transitAttachmentProperties, in.Filters, in.page, bounds{5, 1000},
		func(v transitAttachmentAnswer) string { return v.ID })
	return &describeTransitAttachmentsAnswer{wire.ListOf(answers), next}, err
}
