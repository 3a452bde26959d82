package ec2

import (
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// optionsType names the lag of options, which are read back late (terraform-provider-aws polls for three minutes).
const optionsType = "vpc-peering-connection/options"

type modifyPeeringOptionsRequest struct {
	ID        string      `query:"VpcPeeringConnectionId,required"`
	Requester *endOptions `query:"RequesterPeeringConnectionOptions"`
	Accepter  *endOptions `query:"AccepterPeeringConnectionOptions"`
}

type modifyPeeringOptionsAnswer struct {
	Requester *endOptions `xml:"requesterPeeringConnectionOptions"`
	Accepter  *endOptions `xml:"accepterPeeringConnectionOptions"`
}

func (s *Service) modifyPeeringOptions(c *sim.Call, in *modifyPeeringOptionsRequest) (*modifyPeeringOptionsAnswer, error) {
	p, err := s.visiblePeering(c, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Requester == nil && in.Accepter == nil {
		return nil, sim.Fail("MissingParameter", "The request must contain requester or accepter peering connection options")
	}
	if p.state != active {
		return nil, sim.Fail("OperationNotPermitted", "Peering %s is not active. Peering options can be added only to active peerings.", p.id)
	}
	for _, change := range []struct {
		wanted *endOptions
		end    party
	}{{in.Requester, p.requester}, {in.Accepter, p.accepter}} {
		if change.wanted == nil {
			continue
		}
		if err := s.mayModify(c, p, change.end, *change.wanted); err != nil {
			return nil, err
		}
	}
	return s.putOptions(c, p, in), nil
}

func (s *Service) mayModify(c *sim.Call, p peering, end party, wanted endOptions) error {
	v, _ := s.at(end.Place).vpcs.Get(end.vpc)
	switch {
	case end.Place != c.Place:
		return sim.Fail("OperationNotPermitted", "User %s does not have permission to modify the options of %s in %s", c.Account, p.id, end.vpc)
	case wanted.ClassicIn != nil || wanted.ClassicOut != nil:
		// Across regions AWS says so too (terraform-provider-aws#6730); elsewhere EC2-Classic is gone.
		return sim.Fail("OperationNotPermitted", "Modifying AllowEgressFromLocalClassicLinkToRemoteVpc or AllowEgressFromLocalVpcToRemoteClassicLink is not supported for cross-region or any peering (%s)", p.id)
	case wanted.DNS != nil && *wanted.DNS && (!v.dnsHostnames || !v.dnsSupport):
		return sim.Fail("InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", "DNS hostnames or DNS support are disabled in %s, an end of %s", v.id, p.id)
	}
	return nil
}

func (s *Service) putOptions(c *sim.Call, p peering, in *modifyPeeringOptionsRequest) *modifyPeeringOptionsAnswer {
	stored, _ := s.peeringOptions.Get(p.id)
	answer := &modifyPeeringOptionsAnswer{}
	if in.Requester != nil {
		stored.requester.DNS, answer.Requester = in.Requester.DNS, in.Requester
	}
	if in.Accepter != nil {
		stored.accepter.DNS, answer.Accepter = in.Accepter.DNS, in.Accepter
	}
	s.peeringOptions.Put(c.Stamp(), p.id, stored)
	return answer
}
