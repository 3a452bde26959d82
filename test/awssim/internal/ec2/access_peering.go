package ec2

import (
	"cmp"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// onNewPeering asks for the requester's VPC and for the connection.
func onNewPeering(s *Service, c *sim.Call, in asked) []iam.Access {
	peer := sim.Place{Account: cmp.Or(in.PeerOwnerID, c.Account), Region: cmp.Or(in.PeerRegion, c.Region)}
	made := c.On(c.ARN("ec2", peeringType+"/*"), ends(party{c.Place, in.VpcID}, party{peer, in.PeerVpcID}), in.requestContext(peeringType))
	accesses := []iam.Access{s.onVpc(c, in.VpcID), made}
	if tags := in.makes(c, peeringType); len(tags) > 0 {
		// Of makes' two accesses the first is the connection, which is asked for with or without tags.
		accesses = append(accesses, tags[1])
	}
	return accesses
}

// onAcceptedPeering asks for the accepter's VPC, too.
func onAcceptedPeering(s *Service, c *sim.Call, in asked) []iam.Access {
	accesses := onPeering(s, c, in)
	if p, there := s.peerings.Get(in.PeeringID); there && p.accepter.Place == c.Place {
		accesses = append(accesses, s.onVpc(c, p.accepter.vpc))
	}
	return accesses
}

func onPeering(s *Service, c *sim.Call, in asked) []iam.Access {
	access := s.on(c, in.PeeringID)
	access.Context.Set("ec2:VpcPeeringConnectionID", in.PeeringID)
	return []iam.Access{access}
}

// endsContext are the keys of a connection, with the ARNs of the VPCs at its ends.
func (s *Service) endsContext(id string) iam.Context {
	p, there := s.peerings.Get(id)
	if !there {
		return nil
	}
	return ends(p.requester, p.accepter)
}

func ends(requester, accepter party) iam.Context {
	context := iam.Context{}
	context.Set("ec2:RequesterVpc", requester.ARN("ec2", "vpc/"+requester.vpc))
	context.Set("ec2:AccepterVpc", accepter.ARN("ec2", "vpc/"+accepter.vpc))
	return context
}
