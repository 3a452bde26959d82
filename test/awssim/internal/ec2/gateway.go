package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var internetGatewayKind = kind{
	name: "internet-gateway", prefix: "igw", noun: "internetGateway",
	notFound: "InvalidInternetGatewayID.NotFound", malformed: "InvalidInternetGatewayId.Malformed",
}

// internetGateway is an internet gateway in store, attached to a VPC or not.
type internetGateway struct{ id, vpc string }

func (s *Service) internetGatewayActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateInternetGateway":    wire.Query(s.createInternetGateway),
		"AttachInternetGateway":    wire.Query(s.attachInternetGateway),
		"DetachInternetGateway":    wire.Query(s.detachInternetGateway),
		"DeleteInternetGateway":    wire.Query(s.deleteInternetGateway),
		"DescribeInternetGateways": wire.Query(s.describeInternetGateways),
	}
}

type attachmentAnswer struct {
	VpcID string `xml:"vpcId"`
	State string `xml:"state"`
}

func attachmentTo(vpc, state string) wire.List[attachmentAnswer] {
	if vpc == "" {
		return wire.List[attachmentAnswer]{}
	}
	return wire.ListOf([]attachmentAnswer{{vpc, state}})
}

func attachedVpcs(list wire.List[attachmentAnswer]) []string {
	return each(list.Items, func(a attachmentAnswer) string { return a.VpcID })
}

func attachmentStates(list wire.List[attachmentAnswer]) []string {
	return each(list.Items, func(a attachmentAnswer) string { return a.State })
}

type internetGatewayAnswer struct {
	ID          string                      `xml:"internetGatewayId"`
	OwnerID     string                      `xml:"ownerId"`
	Attachments wire.List[attachmentAnswer] `xml:"attachmentSet"`
	TagSet      wire.List[tag]              `xml:"tagSet"`
}

func (v internetGatewayAnswer) tags() []tag { return v.TagSet.Items }

func (r reader) internetGateway(g internetGateway) internetGatewayAnswer {
	// "available" is what the API says of an attached one (API_InternetGatewayAttachment).
	return internetGatewayAnswer{g.id, r.place.Account, attachmentTo(g.vpc, "available"), wire.ListOf(r.tagsOf("internet-gateway", g.id))}
}

type createGatewayRequest struct {
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type createInternetGatewayAnswer struct {
	Gateway internetGatewayAnswer `xml:"internetGateway"`
}

func (s *Service) createInternetGateway(c *sim.Call, in *createGatewayRequest) (*createInternetGatewayAnswer, error) {
	tags, err := tagsToMake(in.TagSpecifications, "internet-gateway")
	if err != nil {
		return nil, err
	}
	made := internetGateway{id: c.NewID("igw")}
	here := s.at(c.Place)
	here.internetGateways.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	return &createInternetGatewayAnswer{s.truth(c.Place, c.Now).internetGateway(made)}, nil
}

type internetGatewayRequest struct {
	ID    string `query:"InternetGatewayId,required"`
	VpcID string `query:"VpcId,required"`
}

func (s *Service) attachInternetGateway(c *sim.Call, in *internetGatewayRequest) (*done, error) {
	here := s.at(c.Place)
	gateway, err := find(internetGatewayKind, &here.internetGateways, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	for _, other := range here.internetGateways.All() {
		if other.vpc == v.id || (other.id == gateway.id && other.vpc != "") {
			return nil, sim.Fail("Resource.AlreadyAssociated", "resource %s is already attached to network %s", other.id, other.vpc)
		}
	}
	gateway.vpc = v.id
	here.internetGateways.Put(c.Stamp(), gateway.id, gateway)
	return &done{Return: true}, nil
}

func (s *Service) detachInternetGateway(c *sim.Call, in *internetGatewayRequest) (*done, error) {
	here := s.at(c.Place)
	gateway, err := find(internetGatewayKind, &here.internetGateways, in.ID)
	if err != nil {
		return nil, err
	}
	if gateway.vpc != in.VpcID {
		return nil, sim.Fail("Gateway.NotAttached", "resource %s is not attached to network %s", gateway.id, in.VpcID)
	}
	here.internetGateways.Put(c.Stamp(), gateway.id, internetGateway{id: gateway.id})
	here.forgetAssociations(c, gateway.id)
	return &done{Return: true}, nil
}

type internetGatewayIDRequest struct {
	ID string `query:"InternetGatewayId,required"`
}

func (s *Service) deleteInternetGateway(c *sim.Call, in *internetGatewayIDRequest) (*done, error) {
	here := s.at(c.Place)
	gateway, err := find(internetGatewayKind, &here.internetGateways, in.ID)
	if err != nil {
		return nil, err
	}
	if gateway.vpc != "" {
		return nil, sim.Fail("DependencyViolation", "The internetGateway '%s' has dependencies and cannot be deleted.", gateway.id)
	}
	here.internetGateways.Delete(c.Stamp(), gateway.id)
	here.tags.Delete(c.Stamp(), gateway.id)
	return &done{Return: true}, nil
}

// internetGatewayProperties are the filters of API_DescribeInternetGateways.
var internetGatewayProperties = properties[internetGatewayAnswer]{
	"internet-gateway-id": func(v internetGatewayAnswer) []string { return one(v.ID) },
	"owner-id":            func(v internetGatewayAnswer) []string { return one(v.OwnerID) },
	"attachment.vpc-id":   func(v internetGatewayAnswer) []string { return attachedVpcs(v.Attachments) },
	"attachment.state":    func(v internetGatewayAnswer) []string { return attachmentStates(v.Attachments) },
}

type describeInternetGatewaysRequest struct {
	IDs     []string `query:"InternetGatewayId"`
	Filters []filter `query:"Filter"`
	page
}

type describeInternetGatewaysAnswer struct {
	Gateways  wire.List[internetGatewayAnswer] `xml:"internetGatewaySet"`
	NextToken string                           `xml:"nextToken,omitempty"`
}

func (s *Service) describeInternetGateways(c *sim.Call, in *describeInternetGatewaysRequest) (*describeInternetGatewaysAnswer, error) {
	r := s.reader(c)
	found, err := seen(internetGatewayKind, &r.internetGateways, c.View("internet-gateway"), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.internetGateway, internetGatewayProperties, in.Filters, in.page, bounds{5, 1000},
		func(v internetGatewayAnswer) string { return v.ID })
	return &describeInternetGatewaysAnswer{wire.ListOf(answers), next}, err
}
