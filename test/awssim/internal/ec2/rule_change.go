package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type revokeRequest struct {
	GroupID     string              `query:"GroupId,required"`
	RuleIDs     []string            `query:"SecurityGroupRuleId"`
	Permissions []permissionRequest `query:"IpPermissions"`
	simplePermission
}

type revokeAnswer struct {
	Return  bool                         `xml:"return"`
	Revoked wire.List[revokedRuleAnswer] `xml:"revokedSecurityGroupRuleSet"`
}

type revokedRuleAnswer struct {
	ID           string `xml:"securityGroupRuleId"`
	GroupID      string `xml:"groupId"`
	IsEgress     bool   `xml:"isEgress"`
	Protocol     string `xml:"ipProtocol"`
	From         int32  `xml:"fromPort"`
	To           int32  `xml:"toPort"`
	Block        string `xml:"cidrIpv4,omitempty"`
	Block6       string `xml:"cidrIpv6,omitempty"`
	PrefixListID string `xml:"prefixListId,omitempty"`
	ReferencedID string `xml:"referencedGroupId,omitempty"`
	Description  string `xml:"description,omitempty"`
}

func (s *Service) revoke(c *sim.Call, in *revokeRequest, egress bool) (*revokeAnswer, error) {
	here := s.at(c.Place)
	g, err := here.findGroup(in.GroupID)
	if err != nil {
		return nil, err
	}
	places, err := s.rulesNamed(c, g, in.RuleIDs, append(in.simplePermission.request(), in.Permissions...), egress)
	if err != nil {
		return nil, err
	}
	answer := &revokeAnswer{Return: true}
	for _, at := range places {
		r := g.rules[at]
		here.tags.Delete(c.Stamp(), r.id)
		answer.Revoked.Items = append(answer.Revoked.Items, revokedRuleAnswer{
			r.id, g.id, r.egress, r.protocol, r.from, r.to, r.block, r.block6, r.prefixList, r.group, r.description,
		})
	}
	g.rules = withoutPlaces(g.rules, places)
	here.groups.Put(c.Stamp(), g.id, g)
	return answer, nil
}

func withoutPlaces(rules []rule, places []int) []rule {
	var kept []rule
	for i, r := range rules {
		if !slices.Contains(places, i) {
			kept = append(kept, r)
		}
	}
	return kept
}

// rulesNamed finds the places of the rules that a request names by id or by permission; all must be
// there. (Only in a default VPC, which awssim does not have, are unknown permissions passed over.)
func (s *Service) rulesNamed(c *sim.Call, g group, ids []string, permissions []permissionRequest, egress bool) ([]int, error) {
	if (len(ids) == 0) == (len(permissions) == 0) {
		return nil, sim.Fail("InvalidParameterCombination", "Specify either security group rule ids or permissions")
	}
	var places []int
	for _, id := range ids {
		if err := ruleKind.check(id); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(g.rules, func(r rule) bool { return r.id == id && r.egress == egress })
		if at < 0 {
			return nil, ruleKind.missing(id)
		}
		places = append(places, at)
	}
	wanted, err := s.expandLeniently(c, g, permissions)
	if err != nil {
		return nil, err
	}
	for _, d := range wanted {
		at := g.ruleFor(d.permission, egress)
		if at < 0 {
			return nil, sim.Fail("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
		places = append(places, at)
	}
	return places, nil
}

// expandLeniently is expand for rules that may refer to groups that are gone or no longer peered.
func (s *Service) expandLeniently(c *sim.Call, g group, requests []permissionRequest) ([]described, error) {
	var pairs []described
	rest := make([]permissionRequest, 0, len(requests))
	for _, request := range requests {
		base, err := normalised(request.Protocol, request.From, request.To)
		if err != nil {
			return nil, err
		}
		for _, pair := range request.Groups {
			base.group, base.account = pair.GroupID, pair.UserID
			if base.account == "" {
				base.account = c.Account
			}
			pairs = append(pairs, described{base, pair.Description})
		}
		request.Groups = nil
		if len(request.Ranges)+len(request.Ranges6)+len(request.PrefixLists) > 0 {
			rest = append(rest, request)
		}
	}
	others, err := s.expand(c, g, rest)
	return append(pairs, others...), err
}

type describeAgainRequest struct {
	GroupID      string              `query:"GroupId,required"`
	Permissions  []permissionRequest `query:"IpPermissions"`
	Descriptions []ruleDescription   `query:"SecurityGroupRuleDescription"`
}

type ruleDescription struct {
	RuleID      string `query:"SecurityGroupRuleId,required"`
	Description string `query:"Description"`
}

// updateDescriptions gives rules, named by id or by permission, other descriptions.
func (s *Service) updateDescriptions(c *sim.Call, in *describeAgainRequest, egress bool) (*done, error) {
	here := s.at(c.Place)
	g, err := here.findGroup(in.GroupID)
	if err != nil {
		return nil, err
	}
	var ids, texts []string
	for _, d := range in.Descriptions {
		ids, texts = append(ids, d.RuleID), append(texts, d.Description)
	}
	places, err := s.rulesNamed(c, g, ids, in.Permissions, egress)
	if err != nil {
		return nil, err
	}
	wanted, err := s.expandLeniently(c, g, in.Permissions)
	if err != nil {
		return nil, err
	}
	for _, d := range wanted {
		texts = append(texts, d.description)
	}
	g.rules = slices.Clone(g.rules)
	for i, at := range places {
		if err := checkDescription(texts[i]); err != nil {
			return nil, err
		}
		g.rules[at].description = texts[i]
	}
	here.groups.Put(c.Stamp(), g.id, g)
	return &done{Return: true}, nil
}
