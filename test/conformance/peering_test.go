package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Blocks that do not overlap.
const (
	ourBlock   = "10.11.0.0/16"
	theirBlock = "10.12.0.0/16"
)

// A pair is two VPCs that may be peered.
type pair struct {
	t               *T
	ours, theirs    *side
	ourVPC, peerVPC string
}

// strangers are two VPCs in two accounts and two regions: the case this
// product is for.
func strangers(t *T, target *Target) *pair {
	return pairOf(t, newSide(t, target, target.newAccount(), here), newSide(t, target, target.newAccount(), there))
}

// neighbours are two VPCs in two accounts of one region.
func neighbours(t *T, target *Target) *pair {
	return pairOf(t, newSide(t, target, target.newAccount(), here), newSide(t, target, target.newAccount(), here))
}

// siblings are two VPCs in one account and region.
func siblings(t *T, target *Target) *pair {
	only := oneSide(t, target)
	return pairOf(t, only, only)
}

func pairOf(t *T, ours, theirs *side) *pair {
	return &pair{t: t, ours: ours, theirs: theirs, ourVPC: ours.vpc(ourBlock), peerVPC: theirs.vpc(theirBlock)}
}

// request is the input that peers the pair.
func (p *pair) request() *ec2.CreateVpcPeeringConnectionInput {
	return &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &p.ourVPC, PeerVpcId: &p.peerVPC, PeerOwnerId: &p.theirs.account, PeerRegion: &p.theirs.region,
	}
}

// create requests the peering and returns its id.
func (p *pair) create() string {
	out, err := p.ours.ec2.CreateVpcPeeringConnection(p.t.Context(), p.request())
	p.t.ok(err)
	return *out.VpcPeeringConnection.VpcPeeringConnectionId
}

// pending requests the peering and lets both sides see it wait.
func (p *pair) pending() string {
	id := p.create()
	p.ours.becomes(id, types.VpcPeeringConnectionStateReasonCodePendingAcceptance)
	p.theirs.becomes(id, types.VpcPeeringConnectionStateReasonCodePendingAcceptance)
	return id
}

// active peers the pair and lets both sides see it.
func (p *pair) active() string {
	id := p.pending()
	p.t.ok(p.theirs.accept(id))
	p.ours.becomes(id, types.VpcPeeringConnectionStateReasonCodeActive)
	p.theirs.becomes(id, types.VpcPeeringConnectionStateReasonCodeActive)
	return id
}

// gone deletes a peering from our side and lets both sides see it.
func (p *pair) gone(id string) {
	p.t.ok(p.ours.deletePeering(id))
	p.ours.becomes(id, types.VpcPeeringConnectionStateReasonCodeDeleted)
	p.theirs.becomes(id, types.VpcPeeringConnectionStateReasonCodeDeleted)
}

func (s *side) accept(id string) error {
	_, err := s.ec2.AcceptVpcPeeringConnection(s.t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

func (s *side) reject(id string) error {
	_, err := s.ec2.RejectVpcPeeringConnection(s.t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

func (s *side) deletePeering(id string) error {
	_, err := s.ec2.DeleteVpcPeeringConnection(s.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

// peering describes one connection as this side sees it.
func (s *side) peering(id string) (types.VpcPeeringConnection, error) {
	out, err := s.ec2.DescribeVpcPeeringConnections(s.t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{id}})
	if err != nil {
		return types.VpcPeeringConnection{}, err
	}
	if len(out.VpcPeeringConnections) == 0 {
		return types.VpcPeeringConnection{Status: &types.VpcPeeringConnectionStateReason{Code: "not found"}}, nil
	}
	return out.VpcPeeringConnections[0], nil
}

// sees is peering for a connection that has to be visible.
func (s *side) sees(id string) types.VpcPeeringConnection {
	found, err := s.peering(id)
	s.t.ok(err)
	if found.VpcPeeringConnectionId == nil {
		s.t.Fatalf("%s is not visible to %s in %s", id, s.account, s.region)
	}
	return found
}

// becomes lets time pass until this side sees the connection in the state.
func (s *side) becomes(id string, state types.VpcPeeringConnectionStateReasonCode) {
	s.t.until(s.target, id+" "+string(state)+" in "+s.region, func() bool {
		found, err := s.peering(id)
		return err == nil && found.Status.Code == state
	})
}

// search lists the ids of the connections that fit the filters.
func (s *side) search(filters ...types.Filter) ([]string, error) {
	out, err := s.ec2.DescribeVpcPeeringConnections(s.t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{Filters: filters})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, c := range out.VpcPeeringConnections {
		ids = append(ids, aws.ToString(c.VpcPeeringConnectionId))
	}
	return ids, nil
}

// finds wants a search to give exactly the ids.
func (s *side) finds(want []string, filters ...types.Filter) {
	got, err := s.search(filters...)
	if err != nil {
		s.t.failAtCaller(1, "%v", err)
		return
	}
	if !sameSet(got, want) {
		s.t.failAtCaller(1, "found %q, want %q", got, want)
	}
}

// sameSet compares without regard to order.
func sameSet(a, b []string) bool {
	count := map[string]int{}
	for _, v := range a {
		count[v]++
	}
	for _, v := range b {
		count[v]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
