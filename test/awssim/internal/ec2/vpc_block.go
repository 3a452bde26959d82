package ec2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type associateVpcCidrBlockRequest struct {
	VpcID                       string `query:"VpcId,required"`
	CidrBlock                   string `query:"CidrBlock"`
	AmazonProvidedIpv6CidrBlock bool   `query:"AmazonProvidedIpv6CidrBlock"`
}

// vpcBlockAnswer has one of the two, as has the answer to the disassociation.
type vpcBlockAnswer struct {
	VpcID  string        `xml:"vpcId"`
	Block  *blockAnswer  `xml:"cidrBlockAssociation"`
	Block6 *block6Answer `xml:"ipv6CidrBlockAssociation"`
}

func vpcBlock(place sim.Place, id string, b block) *vpcBlockAnswer {
	if b.prefix.Addr().Is4() {
		return &vpcBlockAnswer{VpcID: id, Block: &blockAnswer{b.association, b.prefix.String(), blockState{b.state}}}
	}
	return &vpcBlockAnswer{VpcID: id, Block6: &block6Answer{b.association, b.prefix.String(), blockState{b.state}, "Amazon", place.Region}}
}

func (s *Service) associateVpcCidrBlock(c *sim.Call, in *associateVpcCidrBlockRequest) (*vpcBlockAnswer, error) {
	here := s.at(c.Place)
	v, err := find(vpcKind, &here.vpcs, in.VpcID)
	if err != nil {
		return nil, err
	}
	if (in.CidrBlock == "") == !in.AmazonProvidedIpv6CidrBlock {
		return nil, sim.Fail("MissingParameter", "Either 'cidrBlock' or 'amazonProvidedIpv6CidrBlock' must be provided")
	}
	added := block{association: c.NewID("vpc-cidr-assoc"), state: associating}
	if in.AmazonProvidedIpv6CidrBlock {
		added.prefix = s.nextIPv6()
		here.openDefaultACL(c, v.id)
	} else if added.prefix, err = s.secondaryPrefix(c, v, in.CidrBlock); err != nil {
		return nil, err
	}
	here.vpcs.Update(c.Stamp(), v.id, func(v *vpc) { v.blocks = append(slices.Clone(v.blocks), added) })
	s.failOverlapping(c, v.id, added.prefix)
	c.After("vpc-cidr-block-association", associating, func(at time.Time) {
		here.moveBlock(c.StampAt(at), v.id, added.association, associating, associated)
	})
	return vpcBlock(c.Place, v.id, added), nil
}

// moveBlock takes the block from one state to the next, if it is still in the former.
func (h *holdings) moveBlock(stamp sim.Stamp, id, association, from, to string) {
	h.vpcs.Update(stamp, id, func(v *vpc) {
		v.blocks = slices.Clone(v.blocks)
		for i, b := range v.blocks {
			if b.association == association && b.state == from {
				v.blocks[i].state = to
			}
		}
	})
}

// secondaryPrefix reads a further IPv4 block and refuses what AWS does
// (docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html).
func (s *Service) secondaryPrefix(c *sim.Call, v vpc, text string) (netip.Prefix, error) {
	prefix, err := vpcPrefix(text)
	if err != nil {
		return prefix, err
	}
	overlaps := func(other netip.Prefix) bool { return other.Overlaps(prefix) }
	count := len(slices.DeleteFunc(v.liveBlocks(), func(p netip.Prefix) bool { return p.Addr().Is6() }))
	switch {
	case slices.ContainsFunc(v.liveBlocks(), overlaps):
		return prefix, sim.Fail("InvalidVpc.Range", "The CIDR '%s' is invalid: it overlaps a block of vpc '%s'.", text, v.id)
	case count >= c.Limit(sim.QuotaIPv4Blocks):
		return prefix, sim.Fail("CidrLimitExceeded", "This network '%s' has met its maximum number of allowed CIDRs: %d", v.id, count)
	case s.at(c.Place).routesWithin(v.id, prefix):
		return prefix, sim.Fail("InvalidVpc.Range", "The CIDR '%s' is the same as or larger than a route's destination in vpc '%s'.", text, v.id)
	}
	return prefix, s.peeringsAllowBlock(c, v.id, prefix)
}

// routesWithin says whether a route of the VPC has a destination inside the prefix.
func (h *holdings) routesWithin(id string, prefix netip.Prefix) bool {
	for _, table := range h.routeTables.All() {
		if table.vpc == id && slices.ContainsFunc(table.routes, func(r route) bool {
			destination, err := netip.ParsePrefix(r.destination)
			return err == nil && within(destination, prefix)
		}) {
			return true
		}
	}
	return false
}

// nextIPv6 is a /56 of the documentation's range, unlike any other handed out before.
func (s *Service) nextIPv6() netip.Prefix {
	s.ipv6Blocks++
	address := [16]byte{0x20, 0x01, 0x0d, 0xb8, byte(s.ipv6Blocks >> 16), byte(s.ipv6Blocks >> 8), byte(s.ipv6Blocks)}
	return netip.PrefixFrom(netip.AddrFrom16(address), 56)
}

type disassociateVpcCidrBlockRequest struct {
	AssociationID string `query:"AssociationId,required"`
}

func (s *Service) disassociateVpcCidrBlock(c *sim.Call, in *disassociateVpcCidrBlockRequest) (*vpcBlockAnswer, error) {
	here := s.at(c.Place)
	v, gone, err := here.findBlock(in.AssociationID)
	if err != nil {
		return nil, err
	}
	if err := here.blockInUse(v, gone); err != nil {
		return nil, err
	}
	here.moveBlock(c.Stamp(), v.id, gone.association, gone.state, disassociating)
	c.After("vpc-cidr-block-association", disassociating, func(at time.Time) {
		here.moveBlock(c.StampAt(at), v.id, gone.association, disassociating, disassociated)
	})
	gone.state = disassociating
	return vpcBlock(c.Place, v.id, gone), nil
}

func (h *holdings) findBlock(association string) (vpc, block, error) {
	for _, v := range h.vpcs.All() {
		for _, b := range v.blocks {
			if b.association == association && b.live() {
				return v, b, nil
			}
		}
	}
	return vpc{}, block{}, sim.Fail("InvalidVpcCidrBlockAssociationID.NotFound", "The vpc CIDR block association ID '%s' does not exist", association)
}

func (h *holdings) blockInUse(v vpc, gone block) error {
	if gone.association == v.blocks[0].association {
		return sim.Fail("OperationNotPermitted",
			"The vpc CIDR block with association ID %s may not be disassociated. It is the primary IPv4 CIDR block of the VPC", gone.association)
	}
	for _, sub := range h.subnets.All() {
		if sub.vpc == v.id && (gone.prefix.Overlaps(sub.prefix) || slices.ContainsFunc(sub.blocks, func(b block) bool { return b.prefix.Overlaps(gone.prefix) })) {
			return sim.Fail("DependencyViolation", "The vpc CIDR block with association ID %s has subnets and cannot be disassociated", gone.association)
		}
	}
	return nil
}
