package ec2

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var subnetKind = kind{name: "subnet", prefix: "subnet", noun: "subnet", notFound: "InvalidSubnetID.NotFound", malformed: "InvalidSubnetID.Malformed"}

// subnet is a subnet in store.
type subnet struct {
	id     string
	vpc    string
	zone   zone
	prefix netip.Prefix
	// blocks are the IPv6 ones.
	blocks []block
	// publicAddresses says that instances get a public address when launched here.
	publicAddresses bool
}

func (s *Service) subnetActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateSubnet":    wire.Query(s.createSubnet),
		"DescribeSubnets": wire.Query(s.describeSubnets),
		"DeleteSubnet":    wire.Query(s.deleteSubnet),

		"ModifySubnetAttribute": wire.Query(s.modifySubnetAttribute),
	}
}

type createSubnetRequest struct {
	VpcID              string             `query:"VpcId,required"`
	CidrBlock          string             `query:"CidrBlock,required"`
	Ipv6CidrBlock      string             `query:"Ipv6CidrBlock"`
	AvailabilityZone   string             `query:"AvailabilityZone"`
	AvailabilityZoneID string             `query:"AvailabilityZoneId"`
	TagSpecifications  []tagSpecification `query:"TagSpecification"`
}

type createSubnetAnswer struct {
	Subnet subnetAnswer `xml:"subnet"`
}

func (s *Service) createSubnet(c *sim.Call, in *createSubnetRequest) (*createSubnetAnswer, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	made := subnet{vpc: v.id}
	if made.zone, err = pickZone(c.Region, in.AvailabilityZone, in.AvailabilityZoneID); err != nil {
		return nil, err
	}
	if made.prefix, err = here.subnetPrefix(v, in.CidrBlock); err != nil {
		return nil, err
	}
	if in.Ipv6CidrBlock != "" {
		prefix, err := here.subnetPrefix6(v, in.Ipv6CidrBlock)
		if err != nil {
			return nil, err
		}
		made.blocks = []block{{association: c.NewID("subnet-cidr-assoc"), prefix: prefix, state: associated}}
	}
	tags, err := tagsToMake(in.TagSpecifications, "subnet")
	if err != nil {
		return nil, err
	}
	made.id = c.NewID("subnet")
	here.subnets.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	here.bindACL(c, made)
	return &createSubnetAnswer{Subnet: s.truth(c.Place, c.Now).subnet(made)}, nil
}

// pickZone finds the zone asked for, by name or id, or takes the region's first.
func pickZone(region, name, id string) (zone, error) {
	zones := zonesOf(region)
	if len(zones) == 0 {
		return zone{}, sim.Fail("InvalidParameterValue", "awssim knows no availability zones of region %s", region)
	}
	var names []string
	for _, z := range zones {
		if (name == "" || z.name == name) && (id == "" || z.id == id) {
			return z, nil
		}
		names = append(names, z.name)
	}
	return zone{}, sim.Fail("InvalidParameterValue",
		"Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.",
		name+id, strings.Join(names, ", "))
}

func (h *holdings) subnetPrefix(v vpc, text string) (netip.Prefix, error) {
	prefix, err := parseFamily("cidrBlock", text, false)
	if err != nil {
		return prefix, err
	}
	if prefix.Bits() < 16 || prefix.Bits() > 28 || !v.covers(prefix) {
		return prefix, sim.Fail("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, other := range h.subnets.All() {
		if other.vpc == v.id && other.prefix.Overlaps(prefix) {
			return prefix, sim.Fail("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return prefix, nil
}

// subnetPrefix6 reads an IPv6 block of a subnet, which is a /44 to a /64 in steps of 4.
func (h *holdings) subnetPrefix6(v vpc, text string) (netip.Prefix, error) {
	prefix, err := parseFamily("ipv6CidrBlock", text, true)
	if err != nil {
		return prefix, err
	}
	if prefix.Bits() < 44 || prefix.Bits() > 64 || prefix.Bits()%4 != 0 || !v.covers(prefix) {
		return prefix, sim.Fail("InvalidSubnet.Range", "The CIDR '%s' is invalid.", text)
	}
	for _, other := range h.subnets.All() {
		overlaps := func(b block) bool { return b.live() && b.prefix.Overlaps(prefix) }
		if other.vpc == v.id && slices.ContainsFunc(other.blocks, overlaps) {
			return prefix, sim.Fail("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", text)
		}
	}
	return prefix, nil
}

// covers says whether one of the VPC's blocks has the whole of the prefix.
func (v vpc) covers(prefix netip.Prefix) bool {
	return slices.ContainsFunc(v.liveBlocks(), func(own netip.Prefix) bool { return within(prefix, own) })
}

type deleteSubnetRequest struct {
	SubnetID string `query:"SubnetId,required"`
}

func (s *Service) deleteSubnet(c *sim.Call, in *deleteSubnetRequest) (*done, error) {
	here := s.at(c.Place)
	gone, err := find(subnetKind, &here.subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	if here.subnetHasInterface(gone.id) {
		return nil, sim.Fail("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", gone.id)
	}
	here.subnets.Delete(c.Stamp(), gone.id)
	here.tags.Delete(c.Stamp(), gone.id)
	here.forgetAssociations(c, gone.id)
	here.unbindACL(c, func(a aclAssociation) bool { return a.subnet == gone.id })
	return &done{Return: true}, nil
}

type modifySubnetAttributeRequest struct {
	SubnetID        string `query:"SubnetId,required"`
	PublicAddresses *flag  `query:"MapPublicIpOnLaunch,required"`
}

func (s *Service) modifySubnetAttribute(c *sim.Call, in *modifySubnetAttributeRequest) (*done, error) {
	here := s.at(c.Place)
	changed, err := find(subnetKind, &here.subnets, in.SubnetID)
	if err != nil {
		return nil, err
	}
	changed.publicAddresses = in.PublicAddresses.Value
	here.subnets.Put(c.Stamp(), changed.id, changed)
	return &done{Return: true}, nil
}
