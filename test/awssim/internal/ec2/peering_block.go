package ec2

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// peeringsAllowBlock refuses a further block of a VPC that its connections forbid
// (docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html, "IPv4 CIDR block association restrictions").
func (s *Service) peeringsAllowBlock(c *sim.Call, id string, prefix netip.Prefix) error {
	for _, p := range s.peerings.All() {
		switch {
		case !p.involves(c.Place, id):
		case p.state == pending && p.requester == (party{c.Place, id}):
			return sim.Fail("OperationNotPermitted", "vpc '%s' has a pending peering request %s; no CIDR block can be added to it", id, p.id)
		case p.connects() && slices.ContainsFunc(s.blocksOf(p.otherEnd(c.Place, id)), prefix.Overlaps):
			return sim.Fail("InvalidVpc.Range", "The CIDR '%s' overlaps a CIDR block of the VPC that %s is peered with by %s", prefix, id, p.id)
		}
	}
	return nil
}

// failOverlapping fails the requests that a new block of their accepter has made impossible.
func (s *Service) failOverlapping(c *sim.Call, id string, prefix netip.Prefix) {
	for _, p := range s.peerings.All() {
		if p.accepter == (party{c.Place, id}) && slices.ContainsFunc(s.blocksOf(p.requester), prefix.Overlaps) {
			s.move(c.Stamp(), p.id, pending, failed, failedMessage)
		}
	}
}

func (p peering) otherEnd(place sim.Place, id string) party {
	if p.requester == (party{place, id}) {
		return p.accepter
	}
	return p.requester
}

func (s *Service) blocksOf(end party) []netip.Prefix {
	v, _ := s.at(end.Place).vpcs.Get(end.vpc)
	return v.liveBlocks()
}

// vpcPeeringsAllowDelete refuses the deletion of a VPC that another account asks to peer with
// (docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html).
func (s *Service) vpcPeeringsAllowDelete(c *sim.Call, id string) error {
	for _, p := range s.peerings.All() {
		if p.state == pending && p.accepter == (party{c.Place, id}) && !p.sameAccount() {
			return sim.Fail("DependencyViolation", "The vpc '%s' has a pending peering request %s and cannot be deleted.", id, p.id)
		}
	}
	return nil
}

// endPeerings deletes the connections of a VPC that is deleted.
func (s *Service) endPeerings(c *sim.Call, id string) {
	for _, p := range s.peerings.All() {
		if p.live() && p.involves(c.Place, id) {
			s.end(c, p)
		}
	}
}
