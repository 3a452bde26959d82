package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// stale reports whether a rule of the group refers to what is no more: a group of a peered VPC that was deleted, or one whose VPC is
// peered no more (docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html, "Work with stale security group rules").
// A group of the same VPC can't be deleted while a rule refers to it.
func (r reader) stale(g group, each rule) bool {
	if each.group == "" {
		return false
	}
	owner := sim.Place{Account: each.account, Region: r.place.Region}
	referred, exists := r.service.at(owner).groups.Get(each.group)
	if !exists {
		return true
	}
	if owner == r.place && referred.vpc == g.vpc {
		return false
	}
	joining, joined := r.joining(g.vpc, party{owner, referred.vpc})
	return !joined || joining.state != active
}

type staleGroupAnswer struct {
	ID          string                     `xml:"groupId"`
	Name        string                     `xml:"groupName"`
	Description string                     `xml:"description"`
	VpcID       string                     `xml:"vpcId"`
	Ingress     wire.List[stalePermission] `xml:"staleIpPermissions"`
	Egress      wire.List[stalePermission] `xml:"staleIpPermissionsEgress"`
}

type stalePermission struct {
	Protocol string                     `xml:"ipProtocol"`
	From     *int32                     `xml:"fromPort"`
	To       *int32                     `xml:"toPort"`
	Groups   wire.List[referenceAnswer] `xml:"groups"`
}

func (r reader) stalePermissions(g group, egress bool) wire.List[stalePermission] {
	g.rules = slices.DeleteFunc(slices.Clone(g.rules), func(each rule) bool { return !r.stale(g, each) })
	var all wire.List[stalePermission]
	for _, gathered := range r.permissions(g, egress).Items {
		all.Items = append(all.Items, stalePermission{gathered.Protocol, gathered.From, gathered.To, gathered.Groups})
	}
	return all
}

type describeStaleRequest struct {
	VpcID string `query:"VpcId,required"`
	page
}

type describeStaleAnswer struct {
	Groups    wire.List[staleGroupAnswer] `xml:"staleSecurityGroupSet"`
	NextToken string                      `xml:"nextToken,omitempty"`
}

// describeStale answers with the VPC's groups that have a stale rule (API_DescribeStaleSecurityGroups).
func (s *Service) describeStale(c *sim.Call, in *describeStaleRequest) (*describeStaleAnswer, error) {
	here := s.at(c.Place)
	if _, err := find(vpcKind, &here.vpcs, in.VpcID); err != nil {
		return nil, err
	}
	var found []staleGroupAnswer
	for _, g := range here.groups.Seen(c.View(groupType)) {
		r := s.reader(c)
		answer := staleGroupAnswer{g.id, g.name, g.description, g.vpc, r.stalePermissions(g, false), r.stalePermissions(g, true)}
		if g.vpc == in.VpcID && len(answer.Ingress.Items)+len(answer.Egress.Items) > 0 {
			found = append(found, answer)
		}
	}
	shown, next, err := cut(found, in.page, bounds{5, 255}, func(v staleGroupAnswer) string { return v.ID })
	return &describeStaleAnswer{wire.ListOf(shown), next}, err
}
