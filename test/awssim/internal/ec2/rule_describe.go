package ec2

import (
	"iter"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

type ruleAnswer struct {
	ID           string           `xml:"securityGroupRuleId"`
	ARN          string           `xml:"securityGroupRuleArn"`
	GroupID      string           `xml:"groupId"`
	GroupOwnerID string           `xml:"groupOwnerId"`
	IsEgress     bool             `xml:"isEgress"`
	Protocol     string           `xml:"ipProtocol"`
	From         int32            `xml:"fromPort"`
	To           int32            `xml:"toPort"`
	Block        string           `xml:"cidrIpv4,omitempty"`
	Block6       string           `xml:"cidrIpv6,omitempty"`
	PrefixListID string           `xml:"prefixListId,omitempty"`
	Referenced   *referenceAnswer `xml:"referencedGroupInfo"`
	Description  string           `xml:"description,omitempty"`
	TagSet       wire.List[tag]   `xml:"tagSet"`
}

func (v ruleAnswer) tags() []tag { return v.TagSet.Items }

// groupRule is a rule with the group that it is of.
type groupRule struct {
	group group
	rule  rule
}

func (r reader) rule(v groupRule) ruleAnswer {
	answer := ruleAnswer{
		ID: v.rule.id, ARN: r.place.ARN("ec2", ruleType+"/"+v.rule.id),
		GroupID: v.group.id, GroupOwnerID: r.place.Account, IsEgress: v.rule.egress,
		Protocol: v.rule.protocol, From: v.rule.from, To: v.rule.to, Block: v.rule.block, Block6: v.rule.block6,
		PrefixListID: v.rule.prefixList, Description: v.rule.description, TagSet: wire.ListOf(r.tagsOf(ruleType, v.rule.id)),
	}
	if v.rule.group != "" {
		reference := r.reference(v.group, v.rule.permission)
		answer.Referenced = &reference
	}
	return answer
}

// ruleProperties are the filters of API_DescribeSecurityGroupRules, which knows no "tag-key".
var ruleProperties = properties[ruleAnswer]{
	"group-id":               func(v ruleAnswer) []string { return one(v.GroupID) },
	"security-group-rule-id": func(v ruleAnswer) []string { return one(v.ID) },
}

type describeRulesRequest struct {
	IDs     []string `query:"SecurityGroupRuleId"`
	Filters []filter `query:"Filter"`
	page
}

type describeRulesAnswer struct {
	Rules     wire.List[ruleAnswer] `xml:"securityGroupRuleSet"`
	NextToken string                `xml:"nextToken,omitempty"`
}

func (s *Service) describeRules(c *sim.Call, in *describeRulesRequest) (*describeRulesAnswer, error) {
	all, view := s.shownGroups(c), c.View(groupType)
	for _, f := range in.Filters {
		if f.Name == "tag-key" {
			return nil, sim.Fail("InvalidParameterValue", "The filter 'tag-key' is invalid")
		}
	}
	found, err := seen(ruleKind, shownRules{all}, view, in.IDs)
	if err != nil {
		return nil, err
	}
	answers, next, err := present(found, func(v groupRule) ruleAnswer { return all.reader(view, v.group.id).rule(v) }, ruleProperties, in.Filters, in.page, bounds{5, 1000},
		func(v ruleAnswer) string { return v.ID })
	return &describeRulesAnswer{wire.ListOf(answers), next}, err
}

// shownRules are the rules of all groups.
type shownRules struct{ groups visible[group] }

// See implements visible.
func (s shownRules) See(view sim.View, id string) (groupRule, bool) {
	for _, found := range s.Seen(view) {
		if found.rule.id == id {
			return found, true
		}
	}
	return groupRule{}, false
}

// Seen implements visible, in the order of ids.
func (s shownRules) Seen(view sim.View) iter.Seq2[string, groupRule] {
	var found []groupRule
	for _, g := range s.groups.Seen(view) {
		for _, r := range g.rules {
			found = append(found, groupRule{g, r})
		}
	}
	slices.SortFunc(found, func(a, b groupRule) int { return strings.Compare(a.rule.id, b.rule.id) })
	return func(yield func(string, groupRule) bool) {
		for _, v := range found {
			if !yield(v.rule.id, v) {
				return
			}
		}
	}
}
