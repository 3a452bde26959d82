package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// wrongState refuses what the connection's state does not allow.
func wrongState(p peering, to string) error {
	return sim.Fail("InvalidStateTransition", "Invalid state transition for %s, attempted to transition from %s to %s", p.id, p.state, to)
}

// accepterOnly refuses a caller who is not at the accepter's end. Texts as in crossplane-contrib/provider-aws#1071 and aws-cdk#17383.
func accepterOnly(c *sim.Call, p peering, verb string) error {
	switch {
	case c.Account != p.accepter.Account:
		return sim.Fail("OperationNotPermitted", "User (%s) cannot %s peering %s", c.Account, verb, p.id)
	case c.Region != p.accepter.Region && verb == "accept":
		return sim.Fail("OperationNotPermitted", "Incorrect region (%s) specified for this request. VPC peering connection %s must be accepted in region %s",
			c.Region, p.id, p.accepter.Region)
	case c.Region != p.accepter.Region:
		return sim.Fail("OperationNotPermitted", "Incorrect region (%s) specified for this request. VPC peering connection %s must be accepted or rejected in region %s",
			c.Region, p.id, p.accepter.Region)
	}
	return nil
}

func (s *Service) acceptPeering(c *sim.Call, in *peeringIDRequest) (*peeringResult, error) {
	p, err := s.visiblePeering(c, in.ID)
	if err != nil {
		return nil, err
	}
	if err := accepterOnly(c, p, "accept"); err != nil {
		return nil, err
	}
	if p.state != pending {
		return nil, wrongState(p, active)
	}
	if s.connected(p) {
		// The text names the new connection, not the one that is in the way (terraform-provider-aws#44315).
		return nil, sim.Fail("VpcPeeringConnectionAlreadyExists", "The vpc peering connection identified by %s already exists.", p.id)
	}
	if !s.possible(p) {
		s.move(c.Stamp(), p.id, pending, failed, failedMessage)
	} else {
		s.move(c.Stamp(), p.id, pending, provisioning, "Provisioning")
		s.provision(c, p.id)
	}
	p, _ = s.peerings.Get(p.id)
	return &peeringResult{Peering: s.truth(c.Place, c.Now).peering(p)}, nil
}

// connected says whether another connection already joins the same two VPCs.
func (s *Service) connected(p peering) bool {
	for _, other := range s.peerings.All() {
		if other.id != p.id && other.connects() &&
			other.involves(p.requester.Place, p.requester.vpc) && other.involves(p.accepter.Place, p.accepter.vpc) {
			return true
		}
	}
	return false
}

func (s *Service) rejectPeering(c *sim.Call, in *peeringIDRequest) (*done, error) {
	p, err := s.visiblePeering(c, in.ID)
	if err != nil {
		return nil, err
	}
	if err := accepterOnly(c, p, "reject"); err != nil {
		return nil, err
	}
	if !s.move(c.Stamp(), p.id, pending, rejected, "Inactive") {
		return nil, wrongState(p, rejected)
	}
	return &done{Return: true}, nil
}

func (s *Service) deletePeering(c *sim.Call, in *peeringIDRequest) (*done, error) {
	p, err := s.visiblePeering(c, in.ID)
	if err != nil {
		return nil, err
	}
	switch {
	case p.state == pending && c.Place != p.requester.Place:
		return nil, sim.Fail("OperationNotPermitted", "User (%s) cannot delete peering %s", c.Account, p.id)
	case p.state != pending && p.state != active:
		return nil, wrongState(p, deleting)
	}
	s.end(c, p)
	return &done{Return: true}, nil
}
