package ec2

import (
	"iter"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type peeringAnswer struct {
	ID         string         `xml:"vpcPeeringConnectionId"`
	Requester  endAnswer      `xml:"requesterVpcInfo"`
	Accepter   endAnswer      `xml:"accepterVpcInfo"`
	Status     peeringStatus  `xml:"status"`
	Expiration string         `xml:"expirationTime,omitempty"`
	TagSet     wire.List[tag] `xml:"tagSet"`
}

func (v peeringAnswer) tags() []tag { return v.TagSet.Items }

type peeringStatus struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
}

type endAnswer struct {
	OwnerID   string                        `xml:"ownerId"`
	VpcID     string                        `xml:"vpcId"`
	Region    string                        `xml:"region"`
	CidrBlock string                        `xml:"cidrBlock,omitempty"`
	Blocks    *wire.List[peeredBlockAnswer] `xml:"cidrBlockSet"`
	Blocks6   *wire.List[peeredBlock6]      `xml:"ipv6CidrBlockSet"`
	Options   *endOptions                   `xml:"peeringOptions"`
}

type peeredBlockAnswer struct {
	CidrBlock string `xml:"cidrBlock"`
}

type peeredBlock6 struct {
	CidrBlock string `xml:"ipv6CidrBlock"`
}

// seePeering is the connection as the place sees it: late, or not at all.
func (r reader) seePeering(id string, now time.Time) (peering, bool) {
	p, ok := r.service.peerings.See(r.view(peeringType), id)
	return p, ok && p.shown(r.place, now)
}

func (r reader) peering(p peering) peeringAnswer {
	settings, _ := r.service.peeringOptions.See(r.view(optionsType), p.id)
	answer := peeringAnswer{
		ID: p.id, Status: peeringStatus{p.state, p.message},
		Requester: r.end(p, p.requester, settings.requester), Accepter: r.end(p, p.accepter, settings.accepter),
		TagSet: wire.ListOf(r.tagsOf(peeringType, p.id)),
	}
	if p.state == initiating || p.state == pending {
		answer.Expiration = p.expires.Format(time.RFC3339)
	}
	return answer
}

// end renders one end. Its blocks and options are told only of an active connection
// (API_VpcPeeringConnectionVpcInfo).
func (r reader) end(p peering, end party, settings endOptions) endAnswer {
	answer := endAnswer{OwnerID: end.Account, VpcID: end.vpc, Region: end.Region}
	if p.state != active {
		return answer
	}
	v, ok := r.service.at(end.Place).vpcs.See(r.view("vpc"), end.vpc)
	if !ok {
		return answer
	}
	answer.CidrBlock = v.blocks[0].prefix.String()
	answer.Blocks, answer.Blocks6 = peeredBlocks(v)
	no := false
	answer.Options = &endOptions{DNS: &no, ClassicOut: &no, ClassicIn: &no}
	if settings.DNS != nil {
		answer.Options.DNS = settings.DNS
	}
	return answer
}

func peeredBlocks(v vpc) (*wire.List[peeredBlockAnswer], *wire.List[peeredBlock6]) {
	blocks, blocks6 := &wire.List[peeredBlockAnswer]{}, &wire.List[peeredBlock6]{}
	for _, b := range v.blocks {
		switch {
		case b.state != associated:
		case b.prefix.Addr().Is4():
			blocks.Items = append(blocks.Items, peeredBlockAnswer{b.prefix.String()})
		default:
			blocks6.Items = append(blocks6.Items, peeredBlock6{b.prefix.String()})
		}
	}
	if len(blocks6.Items) == 0 {
		blocks6 = nil
	}
	return blocks, blocks6
}

func ofEnd(end func(peeringAnswer) endAnswer, value func(endAnswer) string) func(peeringAnswer) []string {
	return func(v peeringAnswer) []string { return one(value(end(v))) }
}

func requesterEnd(v peeringAnswer) endAnswer { return v.Requester }
func accepterEnd(v peeringAnswer) endAnswer  { return v.Accepter }
func endBlock(e endAnswer) string            { return e.CidrBlock }
func endOwner(e endAnswer) string            { return e.OwnerID }
func endVpc(e endAnswer) string              { return e.VpcID }

// peeringProperties are the filters of API_DescribeVpcPeeringConnections.
var peeringProperties = properties[peeringAnswer]{
	"vpc-peering-connection-id":     func(v peeringAnswer) []string { return one(v.ID) },
	"status-code":                   func(v peeringAnswer) []string { return one(v.Status.Code) },
	"status-message":                func(v peeringAnswer) []string { return one(v.Status.Message) },
	"expiration-time":               func(v peeringAnswer) []string { return one(v.Expiration) },
	"requester-vpc-info.cidr-block": ofEnd(requesterEnd, endBlock),
	"requester-vpc-info.owner-id":   ofEnd(requesterEnd, endOwner),
	"requester-vpc-info.vpc-id":     ofEnd(requesterEnd, endVpc),
	"accepter-vpc-info.cidr-block":  ofEnd(accepterEnd, endBlock),
	"accepter-vpc-info.owner-id":    ofEnd(accepterEnd, endOwner),
	"accepter-vpc-info.vpc-id":      ofEnd(accepterEnd, endVpc),
}

type describePeeringsRequest struct {
	IDs     []string `query:"VpcPeeringConnectionId"`
	Filters []filter `query:"Filter"`
	page
}

type describePeeringsAnswer struct {
	Peerings  wire.List[peeringAnswer] `xml:"vpcPeeringConnectionSet"`
	NextToken string                   `xml:"nextToken,omitempty"`
}

func (s *Service) describePeerings(c *sim.Call, in *describePeeringsRequest) (*describePeeringsAnswer, error) {
	r := s.reader(c)
	found, err := seen(peeringKind, shownPeerings{r, c.Now}, c.View(peeringType), in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, r.peering, peeringProperties, in.Filters, in.page, bounds{5, 1000},
		func(v peeringAnswer) string { return v.ID })
	return &describePeeringsAnswer{Peerings: wire.ListOf(answers), NextToken: next}, err
}

// shownPeerings are the connections that the reader is shown.
type shownPeerings struct {
	reader
	now time.Time
}

// See implements visible.
func (s shownPeerings) See(_ sim.View, id string) (peering, bool) { return s.seePeering(id, s.now) }

// Seen implements visible.
func (s shownPeerings) Seen(view sim.View) iter.Seq2[string, peering] {
	return func(yield func(string, peering) bool) {
		for id, p := range s.service.peerings.Seen(view) {
			if p.shown(s.place, s.now) && !yield(id, p) {
				return
			}
		}
	}
}
