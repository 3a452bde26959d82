package ec2

import (
	"net/netip"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// The states of a connection (docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle).
const (
	initiating   = "initiating-request"
	pending      = "pending-acceptance"
	provisioning = "provisioning"
	active       = "active"
	deleting     = "deleting"
	deleted      = "deleted"
	rejected     = "rejected"
	failed       = "failed"
	expired      = "expired"
)

const (
	// requestLifetime is how long a request can be accepted.
	requestLifetime = 7 * 24 * time.Hour
	// shortMemory and longMemory are how long a connection that ended is still shown.
	shortMemory = 2 * time.Hour
	longMemory  = 2 * 24 * time.Hour
)

// failedMessage is AWS's one message for three causes.
const failedMessage = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"

// live says whether the connection is or may become active; a pair has one in each orientation at most.
func (p peering) live() bool {
	return slices.Contains([]string{initiating, pending, provisioning, active}, p.state)
}

// connects says whether the connection is up or coming up.
func (p peering) connects() bool { return p.state == provisioning || p.state == active }

// involves says whether the VPC is an end of the connection.
func (p peering) involves(place sim.Place, vpc string) bool {
	return p.requester == (party{place, vpc}) || p.accepter == (party{place, vpc})
}

// livePeering is the live connection from requester to accepter.
func (s *Service) livePeering(requester, accepter party) (peering, bool) {
	for _, p := range s.peerings.All() {
		if p.requester == requester && p.accepter == accepter && p.live() {
			return p, true
		}
	}
	return peering{}, false
}

// move takes a connection from one state to the next, if it is still in the former.
func (s *Service) move(stamp sim.Stamp, id, from, to, message string) bool {
	p, _ := s.peerings.Get(id)
	if p.state != from {
		return false
	}
	return s.peerings.Update(stamp, id, func(p *peering) {
		p.state, p.message = to, message
		if !p.live() && to != deleting {
			p.ended, p.endedBy = stamp.At, stamp.Origin
		}
	})
}

// initiate plans what becomes of a new request.
func (s *Service) initiate(c *sim.Call, p peering) {
	c.After(peeringType, initiating, func(at time.Time) {
		stamp := c.StampAt(at)
		if !s.possible(p) {
			s.move(stamp, p.id, initiating, failed, failedMessage)
			return
		}
		s.move(stamp, p.id, initiating, pending, "Pending Acceptance by "+p.accepter.Account)
	})
	c.World().Schedule(p.expires, func(at time.Time) {
		s.move(c.StampAt(at), p.id, pending, expired, "Expired")
	})
}

// possible says whether both VPCs exist where the request says and no block of theirs overlaps.
func (s *Service) possible(p peering) bool {
	requester, ours := s.at(p.requester.Place).vpcs.Get(p.requester.vpc)
	accepter, theirs := s.at(p.accepter.Place).vpcs.Get(p.accepter.vpc)
	return ours && theirs && !overlapping(requester.liveBlocks(), accepter.liveBlocks())
}

func overlapping(some, others []netip.Prefix) bool {
	return slices.ContainsFunc(some, func(p netip.Prefix) bool { return slices.ContainsFunc(others, p.Overlaps) })
}

// provision plans how an accepted connection comes up.
func (s *Service) provision(c *sim.Call, id string) {
	c.After(peeringType, provisioning, func(at time.Time) {
		s.move(c.StampAt(at), id, provisioning, active, "Active")
	})
}

// end deletes a connection; one between regions passes through deleting.
func (s *Service) end(c *sim.Call, p peering) {
	const by = "Deleted by "
	if p.requester.Region == p.accepter.Region {
		s.move(c.Stamp(), p.id, p.state, deleted, by+c.Account)
		return
	}
	s.move(c.Stamp(), p.id, p.state, deleting, "Deleting")
	c.After(peeringType, deleting, func(at time.Time) {
		s.move(c.StampAt(at), p.id, deleting, deleted, by+c.Account)
	})
}

// shown says whether the place is still shown the connection at that time.
func (p peering) shown(place sim.Place, now time.Time) bool {
	requester, accepter := p.requester.Place == place, p.accepter.Place == place
	if !requester && !accepter {
		return false
	}
	memory := longMemory
	switch {
	case p.state == initiating || p.state == failed:
		// The accepter does not hear of a request before it is there, nor of one that never was.
		if !requester {
			return false
		}
		memory = shortMemory
	case p.state == rejected && (accepter || p.sameAccount()), p.state == deleted && (p.endedBy == place || p.sameAccount()):
		memory = shortMemory
	}
	return p.ended.IsZero() || now.Before(p.ended.Add(memory))
}

func (p peering) sameAccount() bool { return p.requester.Account == p.accepter.Account }
