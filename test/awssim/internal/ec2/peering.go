package ec2

import (
	"regexp"
	"time"

	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const peeringType = "vpc-peering-connection"

var peeringKind = kind{
	name: peeringType, prefix: "pcx", noun: "vpcPeeringConnection",
	notFound: "InvalidVpcPeeringConnectionID.NotFound", malformed: "InvalidVpcPeeringConnectionId.Malformed",
}

// party is one end of a connection.
type party struct {
	sim.Place
	vpc string
}

// peering is a connection in store. Both ends share it; each sees it in its own time, with its own tags.
type peering struct {
	id        string
	requester party
	accepter  party
	state     string
	message   string
	expires   time.Time
	// ended is when it came to a terminal state, endedBy whose call did that.
	ended   time.Time
	endedBy sim.Place
}

// options are what the two ends let each other do, by end.
type options struct {
	requester, accepter endOptions
}

type endOptions struct {
	DNS        *bool `query:"AllowDnsResolutionFromRemoteVpc" xml:"allowDnsResolutionFromRemoteVpc"`
	ClassicOut *bool `query:"AllowEgressFromLocalClassicLinkToRemoteVpc" xml:"allowEgressFromLocalClassicLinkToRemoteVpc"`
	ClassicIn  *bool `query:"AllowEgressFromLocalVpcToRemoteClassicLink" xml:"allowEgressFromLocalVpcToRemoteClassicLink"`
}

func (s *Service) peeringActions() map[string]sim.Action {
	return map[string]sim.Action{
		"CreateVpcPeeringConnection":        wire.Query(s.createPeering),
		"AcceptVpcPeeringConnection":        wire.Query(s.acceptPeering),
		"RejectVpcPeeringConnection":        wire.Query(s.rejectPeering),
		"DeleteVpcPeeringConnection":        wire.Query(s.deletePeering),
		"ModifyVpcPeeringConnectionOptions": wire.Query(s.modifyPeeringOptions),
		"DescribeVpcPeeringConnections":     wire.Query(s.describePeerings),
	}
}

type createPeeringRequest struct {
	VpcID             string             `query:"VpcId,required"`
	PeerVpcID         string             `query:"PeerVpcId,required"`
	PeerOwnerID       string             `query:"PeerOwnerId"`
	PeerRegion        string             `query:"PeerRegion"`
	TagSpecifications []tagSpecification `query:"TagSpecification"`
}

type peeringResult struct {
	Peering peeringAnswer `xml:"vpcPeeringConnection"`
}

// createPeering answers with a new connection, or with the live one that this pair has in this
// orientation (terraform-provider-aws#27750). Whether AWS tags the latter is unknown; awssim does not.
func (s *Service) createPeering(c *sim.Call, in *createPeeringRequest) (*peeringResult, error) {
	asked, err := s.askedPeering(c, in)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, peeringType)
	if err != nil {
		return nil, err
	}
	if live, ok := s.livePeering(asked.requester, asked.accepter); ok {
		return &peeringResult{Peering: s.truth(c.Place, c.Now).peering(live)}, nil
	}
	if err := s.mayAsk(c, asked); err != nil {
		return nil, err
	}
	asked.id = c.NewID("pcx")
	s.peerings.Put(c.Stamp(), asked.id, asked)
	s.at(c.Place).putTags(c, asked.id, tags)
	s.initiate(c, asked)
	return &peeringResult{Peering: s.truth(c.Place, c.Now).peering(asked)}, nil
}

var accountID = regexp.MustCompile(`^[0-9]{12}$`)

// askedPeering reads whom the request names. That the peer exists shows only later: the caller may
// not learn what other accounts have.
func (s *Service) askedPeering(c *sim.Call, in *createPeeringRequest) (peering, error) {
	asked := peering{
		requester: party{c.Place, in.VpcID}, accepter: party{c.Place, in.PeerVpcID}, state: initiating,
		expires: c.Now.Add(requestLifetime),
	}
	if in.PeerRegion != "" {
		asked.accepter.Region = in.PeerRegion
	}
	if in.PeerOwnerID != "" {
		asked.accepter.Account = in.PeerOwnerID
	}
	asked.message = "Initiating Request to " + asked.accepter.Account
	if _, err := find(vpcKind, &s.at(c.Place).vpcs, in.VpcID); err != nil {
		return asked, err
	}
	if err := vpcKind.check(in.PeerVpcID); err != nil {
		return asked, err
	}
	_, known := regionZones[asked.accepter.Region]
	switch {
	case !known || partition.Of(asked.accepter.Region).ID != partition.Of(c.Region).ID:
		return asked, sim.Fail("InvalidParameterValue", "Value (%s) for parameter peerRegion is invalid. Unknown region.", in.PeerRegion)
	case !accountID.MatchString(asked.accepter.Account):
		return asked, sim.Fail("InvalidParameterValue", "Value (%s) for parameter peerOwnerId is invalid. Not an account id.", in.PeerOwnerID)
	case asked.requester == asked.accepter:
		// What AWS answers is not documented; that it does not peer a VPC with itself is.
		return asked, sim.Fail("InvalidParameterValue", "The requester and accepter VPCs of a peering connection must differ")
	}
	return asked, nil
}

// mayAsk refuses more connections of a VPC, or open requests of an account, than the quotas allow.
func (s *Service) mayAsk(c *sim.Call, asked peering) error {
	ofVpc, open := 0, 0
	for _, p := range s.peerings.All() {
		if p.connects() && p.involves(asked.requester.Place, asked.requester.vpc) {
			ofVpc++
		}
		if (p.state == pending || p.state == initiating) && p.requester.Place == c.Place {
			open++
		}
	}
	switch {
	case ofVpc >= c.Limit(sim.QuotaActivePeerings):
		return sim.Fail("VpcPeeringConnectionsPerVpcLimitExceeded", "The maximum number of VPC peering connections has been reached for %s (%d).", asked.requester.vpc, ofVpc)
	case open >= c.Limit(sim.QuotaOutstandingPeerings):
		return sim.Fail("OutstandingVpcPeeringConnectionLimitExceeded", "The maximum number of outstanding VPC peering connection requests has been reached (%d).", open)
	}
	return nil
}

type peeringIDRequest struct {
	ID string `query:"VpcPeeringConnectionId,required"`
}

// visiblePeering finds a connection that the call is about: it must be seen from there already.
func (s *Service) visiblePeering(c *sim.Call, id string) (peering, error) {
	if err := peeringKind.check(id); err != nil {
		return peering{}, err
	}
	if view, ok := s.reader(c).seePeering(id, c.Now); !ok || view.id == "" {
		return peering{}, peeringKind.missing(id)
	}
	p, _ := s.peerings.Get(id)
	return p, nil
}
