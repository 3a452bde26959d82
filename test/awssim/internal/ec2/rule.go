package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

const ruleType = "security-group-rule"

var ruleKind = kind{
	name: ruleType, prefix: "sgr", noun: "security group rule",
	notFound: "InvalidSecurityGroupRuleId.NotFound", malformed: "InvalidSecurityGroupRuleId.Malformed",
}

// rule is a rule of a security group in store.
type rule struct {
	id     string
	egress bool
	permission
	description string
}

func (s *Service) ruleActions() map[string]sim.Action {
	return map[string]sim.Action{
		"AuthorizeSecurityGroupIngress": wire.Query(func(c *sim.Call, in *authorizeRequest) (*authorizeAnswer, error) { return s.authorize(c, in, false) }),
		"AuthorizeSecurityGroupEgress":  wire.Query(func(c *sim.Call, in *authorizeRequest) (*authorizeAnswer, error) { return s.authorize(c, in, true) }),
		"RevokeSecurityGroupIngress":    wire.Query(func(c *sim.Call, in *revokeRequest) (*revokeAnswer, error) { return s.revoke(c, in, false) }),
		"RevokeSecurityGroupEgress":     wire.Query(func(c *sim.Call, in *revokeRequest) (*revokeAnswer, error) { return s.revoke(c, in, true) }),
		"ModifySecurityGroupRules":      wire.Query(s.modifyRules),
		"DescribeSecurityGroupRules":    wire.Query(s.describeRules),

		"UpdateSecurityGroupRuleDescriptionsIngress": wire.Query(func(c *sim.Call, in *describeAgainRequest) (*done, error) { return s.updateDescriptions(c, in, false) }),
		"UpdateSecurityGroupRuleDescriptionsEgress":  wire.Query(func(c *sim.Call, in *describeAgainRequest) (*done, error) { return s.updateDescriptions(c, in, true) }),
	}
}

// simplePermission is one permission, as old clients send it beside the list.
type simplePermission struct {
	Protocol string `query:"IpProtocol"`
	From     *int32 `query:"FromPort"`
	To       *int32 `query:"ToPort"`
	Block    string `query:"CidrIp"`
}

func (p simplePermission) request() []permissionRequest {
	if p.Protocol == "" {
		return nil
	}
	return []permissionRequest{{Protocol: p.Protocol, From: p.From, To: p.To, Ranges: []rangeRequest{{Block: p.Block}}}}
}

type authorizeRequest struct {
	GroupID           string              `query:"GroupId,required"`
	Permissions       []permissionRequest `query:"IpPermissions"`
	TagSpecifications []tagSpecification  `query:"TagSpecification"`
	simplePermission
}

type authorizeAnswer struct {
	Return bool                  `xml:"return"`
	Rules  wire.List[ruleAnswer] `xml:"securityGroupRuleSet"`
}

// authorize adds all the rules of the request, or none.
func (s *Service) authorize(c *sim.Call, in *authorizeRequest, egress bool) (*authorizeAnswer, error) {
	here := s.at(c.Place)
	g, err := here.findGroup(in.GroupID)
	if err != nil {
		return nil, err
	}
	tags, err := tagsToMake(in.TagSpecifications, ruleType)
	if err != nil {
		return nil, err
	}
	wanted, err := s.expand(c, g, append(in.simplePermission.request(), in.Permissions...))
	if err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		return nil, sim.Fail("MissingParameter", "The request must contain the parameter ipPermissions")
	}
	if err := g.mayAdd(wanted, egress, here.places, c.Limit(sim.QuotaGroupRules)); err != nil {
		return nil, err
	}
	return s.addRules(c, g, wanted, egress, tags), nil
}

// places is how much of the quota a rule takes, and of which family: one that names a prefix list counts with the list's
// maximum entries (docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html).
func (h *holdings) places(p permission) (count int, v6 bool) {
	if list, exists := h.prefixLists.Get(p.prefixList); exists {
		return int(list.most), list.family == "IPv6"
	}
	return 1, p.block6 != ""
}

// mayAdd refuses duplicates, and more rules of a direction and family than the limit.
func (g group) mayAdd(wanted []described, egress bool, places func(permission) (int, bool), limit int) error {
	for _, d := range wanted {
		if g.ruleFor(d.permission, egress) >= 0 {
			return sim.Fail("InvalidPermission.Duplicate", "the specified rule %q already exists", d.permission.String())
		}
	}
	for _, v6 := range []bool{false, true} {
		count := 0
		for _, r := range g.rules {
			if taken, is6 := places(r.permission); r.egress == egress && is6 == v6 {
				count += taken
			}
		}
		for _, d := range wanted {
			if taken, is6 := places(d.permission); is6 == v6 {
				count += taken
			}
		}
		if count > limit {
			return sim.Fail("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
		}
	}
	return nil
}

// ruleFor is the place of the rule with the permission, -1 when there is none.
func (g group) ruleFor(p permission, egress bool) int {
	return slices.IndexFunc(g.rules, func(r rule) bool { return r.egress == egress && r.permission == p })
}

func (s *Service) addRules(c *sim.Call, g group, wanted []described, egress bool, tags []tag) *authorizeAnswer {
	here := s.at(c.Place)
	answer := &authorizeAnswer{Return: true}
	g.rules = slices.Clone(g.rules)
	for _, d := range wanted {
		made := rule{id: c.NewID("sgr"), egress: egress, permission: d.permission, description: d.description}
		g.rules = append(g.rules, made)
		here.putTags(c, made.id, tags)
		answer.Rules.Items = append(answer.Rules.Items, s.truth(c.Place, c.Now).rule(groupRule{g, made}))
	}
	here.groups.Put(c.Stamp(), g.id, g)
	return answer
}
