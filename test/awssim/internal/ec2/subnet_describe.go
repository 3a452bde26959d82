package ec2

import (
	"strconv"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type subnetAnswer struct {
	SubnetID           string                  `xml:"subnetId"`
	SubnetArn          string                  `xml:"subnetArn"`
	OwnerID            string                  `xml:"ownerId"`
	State              string                  `xml:"state"`
	VpcID              string                  `xml:"vpcId"`
	CidrBlock          string                  `xml:"cidrBlock"`
	Blocks6            wire.List[block6Answer] `xml:"ipv6CidrBlockAssociationSet"`
	AvailableAddresses int                     `xml:"availableIpAddressCount"`
	AvailabilityZone   string                  `xml:"availabilityZone"`
	AvailabilityZoneID string                  `xml:"availabilityZoneId"`
	DefaultForAz       bool                    `xml:"defaultForAz"`
	PublicAddresses    bool                    `xml:"mapPublicIpOnLaunch"`
	AssignIpv6         bool                    `xml:"assignIpv6AddressOnCreation"`
	TagSet             wire.List[tag]          `xml:"tagSet"`
}

func (v subnetAnswer) tags() []tag { return v.TagSet.Items }

// reservedAddresses is how many addresses of each subnet AWS keeps to itself.
const reservedAddresses = 5

func (r reader) subnet(v subnet) subnetAnswer {
	return subnetAnswer{
		SubnetID: v.id, SubnetArn: r.place.ARN("ec2", "subnet/"+v.id),
		OwnerID: r.place.Account, State: "available", VpcID: v.vpc, CidrBlock: v.prefix.String(),
		Blocks6:            block6Answers(v.blocks, "", ""),
		AvailableAddresses: 1<<(32-v.prefix.Bits()) - reservedAddresses - r.addressesUsed(v.id),
		AvailabilityZone:   v.zone.name, AvailabilityZoneID: v.zone.id, PublicAddresses: v.publicAddresses,
		TagSet: wire.ListOf(r.tagsOf("subnet", v.id)),
	}
}

// subnetProperties are the filters of API_DescribeSubnets, with their old names.
var subnetProperties = properties[subnetAnswer]{
	"subnet-id":                  func(v subnetAnswer) []string { return one(v.SubnetID) },
	"subnet-arn":                 func(v subnetAnswer) []string { return one(v.SubnetArn) },
	"vpc-id":                     func(v subnetAnswer) []string { return one(v.VpcID) },
	"owner-id":                   func(v subnetAnswer) []string { return one(v.OwnerID) },
	"state":                      func(v subnetAnswer) []string { return one(v.State) },
	"cidr":                       func(v subnetAnswer) []string { return one(v.CidrBlock) },
	"cidr-block":                 func(v subnetAnswer) []string { return one(v.CidrBlock) },
	"cidrBlock":                  func(v subnetAnswer) []string { return one(v.CidrBlock) },
	"availability-zone":          func(v subnetAnswer) []string { return one(v.AvailabilityZone) },
	"availabilityZone":           func(v subnetAnswer) []string { return one(v.AvailabilityZone) },
	"availability-zone-id":       func(v subnetAnswer) []string { return one(v.AvailabilityZoneID) },
	"availabilityZoneId":         func(v subnetAnswer) []string { return one(v.AvailabilityZoneID) },
	"available-ip-address-count": func(v subnetAnswer) []string { return one(strconv.Itoa(v.AvailableAddresses)) },
	"default-for-az":             func(v subnetAnswer) []string { return truth(v.DefaultForAz) },
	"defaultForAz":               func(v subnetAnswer) []string { return truth(v.DefaultForAz) },
	"map-public-ip-on-launch":    func(v subnetAnswer) []string { return truth(v.PublicAddresses) },
	"ipv6-cidr-block-association.association-id": func(v subnetAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.AssociationID })
	},
	"ipv6-cidr-block-association.ipv6-cidr-block": func(v subnetAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.CidrBlock })
	},
	"ipv6-cidr-block-association.state": func(v subnetAnswer) []string {
		return each(v.Blocks6.Items, func(b block6Answer) string { return b.State.State })
	},
}

type describeSubnetsRequest struct {
	SubnetIDs []string `query:"SubnetId"`
	Filters   []filter `query:"Filter"`
	page
}

type describeSubnetsAnswer struct {
	Subnets   wire.List[subnetAnswer] `xml:"subnetSet"`
	NextToken string                  `xml:"nextToken,omitempty"`
}

func (s *Service) describeSubnets(c *sim.Call, in *describeSubnetsRequest) (*describeSubnetsAnswer, error) {
	all, view := s.shownSubnets(c), c.View("subnet")
	found, err := seen(subnetKind, all, view, in.SubnetIDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v subnet) subnetAnswer { return all.reader(view, v.id).subnet(v) }, subnetProperties, in.Filters, in.page, bounds{5, 1000},
		func(v subnetAnswer) string { return v.SubnetID })
	return &describeSubnetsAnswer{Subnets: wire.ListOf(answers), NextToken: next}, err
}
