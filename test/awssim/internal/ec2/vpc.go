package ec2

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

var vpcKind = kind{name: "vpc", prefix: "vpc", noun: "vpc", notFound: "InvalidVpcID.NotFound", malformed: "InvalidVpcID.Malformed"}

// vpc is a VPC in store. Its first block is the primary one.
type vpc struct {
	id           string
	tenancy      string
	available    bool
	blocks       []block
	dnsSupport   bool
	dnsHostnames bool
	addressUsage bool
	encryption   encryption
}

// liveBlocks are the prefixes that are, or are about to be, the VPC's.
func (v vpc) liveBlocks() []netip.Prefix {
	var prefixes []netip.Prefix
	for _, b := range v.blocks {
		if b.live() {
			prefixes = append(prefixes, b.prefix)
		}
	}
	return prefixes
}

func (s *Service) vpcActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateVpc":    wire.Query(s.createVpc),
		"DescribeVpcs": wire.Query(s.describeVpcs),
		"DeleteVpc":    wire.Query(s.deleteVpc),

		"ModifyVpcAttribute":   wire.Query(s.modifyVpcAttribute),
		"DescribeVpcAttribute": wire.Query(s.describeVpcAttribute),

		"CreateVpcEncryptionControl": wire.Query(s.createEncryption),
		"ModifyVpcEncryptionControl": wire.Query(s.modifyEncryption),
		"DeleteVpcEncryptionControl": wire.Query(s.deleteEncryption),

		"AssociateVpcCidrBlock":    wire.Query(s.associateVpcCidrBlock),
		"DisassociateVpcCidrBlock": wire.Query(s.disassociateVpcCidrBlock),
	}
}

type createVpcRequest struct {
	CidrBlock                   string             `query:"CidrBlock,required"`
	AmazonProvidedIpv6CidrBlock bool               `query:"AmazonProvidedIpv6CidrBlock"`
	InstanceTenancy             string             `query:"InstanceTenancy"`
	TagSpecifications           []tagSpecification `query:"TagSpecification"`
}

type createVpcAnswer struct {
	Vpc vpcAnswer `xml:"vpc"`
}

func (s *Service) createVpc(c *sim.Call, in *createVpcRequest) (*createVpcAnswer, error) {
	prefix, err := vpcPrefix(in.CidrBlock)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, "vpc")
	if err != nil {
		return nil, err
	}
	made := vpc{id: c.NewID("vpc"), tenancy: in.InstanceTenancy, dnsSupport: true}
	if made.tenancy == "" {
		made.tenancy = "default"
	}
	made.blocks = []block{{association: c.NewID("vpc-cidr-assoc"), prefix: prefix, state: associated}}
	if in.AmazonProvidedIpv6CidrBlock {
		made.blocks = append(made.blocks, block{association: c.NewID("vpc-cidr-assoc"), prefix: s.nextIPv6(), state: associated})
	}
	here := s.at(c.Place)
	here.vpcs.Put(c.Stamp(), made.id, made)
	here.putTags(c, made.id, tags)
	s.makeMainRouteTable(c, made)
	s.makeDefaultGroup(c, made)
	s.makeDefaultACL(c, made)
	c.After("vpc", "pending", func(at time.Time) {
		here.vpcs.Update(c.StampAt(at), made.id, func(v *vpc) { v.available = true })
	})
	return &createVpcAnswer{Vpc: s.truth(c.Place, c.Now).vpc(made)}, nil
}

// vpcPrefix reads an IPv4 block of a VPC, which is a /16 to a /28.
func vpcPrefix(text string) (netip.Prefix, error) {
	prefix, err := parseFamily("cidrBlock", text, false)
	if err != nil {
		return prefix, err
	}
	if prefix.Bits() < 16 || prefix.Bits() > 28 {
		return prefix, sim.Fail("InvalidVpc.Range", "The CIDR '%s' is invalid.", text)
	}
	return prefix, nil
}

type vpcIDRequest struct {
	VpcID string `query:"VpcId,required"`
}

// done is the answer of actions that only say that they did it.
type done struct {
	Return bool `xml:"return"`
}

func (s *Service) deleteVpc(c *sim.Call, in *vpcIDRequest) (*done, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(here.vpcInUse(v.id), s.vpcPeeringsAllowDelete(c, v.id)); err != nil {
		return nil, err
	}
	s.endPeerings(c, v.id)
	here.dropVpc(c, v.id)
	return &done{Return: true}, nil
}

// vpcInUse refuses the deletion of a VPC that still has anything but what was made with it.
func (h *holdings) vpcInUse(id string) error {
	if within := []bool{
		holds(&h.subnets, func(v subnet) bool { return v.vpc == id }),
		holds(&h.routeTables, func(v routeTable) bool { return v.vpc == id && !v.isMain() }),
		holds(&h.groups, func(v group) bool { return v.vpc == id && v.name != "default" }),
		holds(&h.acls, func(v acl) bool { return v.vpc == id && !v.isDefault }),
		holds(&h.internetGateways, func(v internetGateway) bool { return v.vpc == id }),
		holds(&h.vpnGateways, func(v vpnGateway) bool { return v.vpc == id }),
		holds(&h.transitAttachments, func(v transitAttachment) bool { return v.vpc == id }),
	}; slices.Contains(within, true) {
		return sim.Fail("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", id)
	}
	return nil
}

func holds[T any](table *sim.Table[T], is func(T) bool) bool {
	for _, value := range table.All() {
		if is(value) {
			return true
		}
	}
	return false
}

// dropVpc removes the VPC and what was made with it.
func (h *holdings) dropVpc(c *sim.Call, id string) {
	for _, table := range h.routeTables.All() {
		if table.vpc == id {
			h.routeTables.Delete(c.Stamp(), table.id)
		}
	}
	for _, g := range h.groups.All() {
		if g.vpc == id {
			h.dropGroup(c, g)
		}
	}
	h.acls.Delete(c.Stamp(), h.defaultACL(id).id)
	h.vpcs.Delete(c.Stamp(), id)
	h.tags.Delete(c.Stamp(), id)
}
