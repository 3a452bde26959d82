package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// toGroup completes the permission with a group: of the same VPC, or of one that is actively peered
// in the same region (docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html).
func (s *Service) toGroup(c *sim.Call, p permission, g group, pair pairRequest) (permission, error) {
	owner := sim.Place{Account: pair.UserID, Region: c.Region}
	if owner.Account == "" {
		owner.Account = c.Account
	}
	if err := groupKind.check(pair.GroupID); err != nil {
		return p, err
	}
	referred, ok := s.at(owner).groups.Get(pair.GroupID)
	if !ok {
		return p, sim.Fail(groupKind.notFound, "The security group '%s' does not exist", pair.GroupID)
	}
	p.group, p.account = referred.id, owner.Account
	if owner == c.Place && referred.vpc == g.vpc {
		return p, nil
	}
	joining, joined := s.reader(c).joining(g.vpc, party{owner, referred.vpc})
	if !joined || joining.state != active {
		return p, sim.Fail(groupKind.notFound, "You have specified two resources that belong to different networks.")
	}
	return p, nil
}

// joining is the connection between a VPC here and another end: the live one, else the last that was.
func (r reader) joining(vpc string, other party) (peering, bool) {
	var last peering
	for _, p := range r.service.peerings.Seen(r.view(peeringType)) {
		if !p.involves(r.place, vpc) || !p.involves(other.Place, other.vpc) {
			continue
		}
		if p.state == active {
			return p, true
		}
		if p.ended.After(last.ended) || last.id == "" {
			last = p
		}
	}
	return last, last.id != ""
}

// referenceAnswer is a group that a rule refers to, with the connection that it is reached by.
type referenceAnswer struct {
	GroupID       string `xml:"groupId"`
	UserID        string `xml:"userId"`
	Description   string `xml:"description,omitempty"`
	VpcID         string `xml:"vpcId,omitempty"`
	PeeringID     string `xml:"vpcPeeringConnectionId,omitempty"`
	PeeringStatus string `xml:"peeringStatus,omitempty"`
}

func (r reader) reference(g group, p permission) referenceAnswer {
	answer := referenceAnswer{GroupID: p.group, UserID: p.account}
	owner := sim.Place{Account: p.account, Region: r.place.Region}
	referred, ok := r.service.at(owner).groups.Get(p.group)
	if !ok || owner == r.place && referred.vpc == g.vpc {
		return answer
	}
	answer.VpcID = referred.vpc
	if joining, joined := r.joining(g.vpc, party{owner, referred.vpc}); joined {
		answer.PeeringID, answer.PeeringStatus = joining.id, joining.state
	}
	return answer
}
