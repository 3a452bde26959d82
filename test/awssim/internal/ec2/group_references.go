package ec2

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type describeReferencesRequest struct {
	IDs []string `query:"GroupId,required"`
}

type describeReferencesAnswer struct {
	References wire.List[groupReference] `xml:"securityGroupReferenceSet"`
}

// groupReference is a VPC at the other end of a connection that has a rule that refers to the group.
type groupReference struct {
	GroupID   string `xml:"groupId"`
	VpcID     string `xml:"referencingVpcId"`
	PeeringID string `xml:"vpcPeeringConnectionId"`
}

// describeReferences answers with the peered VPCs that refer to the groups, each once (API_DescribeSecurityGroupReferences).
func (s *Service) describeReferences(c *sim.Call, in *describeReferencesRequest) (*describeReferencesAnswer, error) {
	var all []groupReference
	for _, id := range in.IDs {
		referred, err := s.at(c.Place).findGroup(id)
		if err != nil {
			return nil, err
		}
		all = append(all, s.referencesTo(c, referred)...)
	}
	slices.SortFunc(all, func(a, b groupReference) int {
		return cmp.Or(cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.VpcID, b.VpcID))
	})
	return &describeReferencesAnswer{wire.ListOf(slices.Compact(all))}, nil
}

func (s *Service) referencesTo(c *sim.Call, referred group) []groupReference {
	var all []groupReference
	for place, held := range s.places {
		if place.Region != c.Region {
			continue
		}
		for _, other := range held.groups.All() {
			joining, joined := s.reader(c).joining(referred.vpc, party{place, other.vpc})
			refers := slices.ContainsFunc(other.rules, func(r rule) bool { return r.group == referred.id && r.account == c.Account })
			if refers && joined && joining.state == active {
				all = append(all, groupReference{referred.id, other.vpc, joining.id})
			}
		}
	}
	return all
}
