package ec2

import (
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

type modifyRulesRequest struct {
	GroupID string       `query:"GroupId,required"`
	Updates []ruleUpdate `query:"SecurityGroupRule,required"`
}

type ruleUpdate struct {
	ID   string      `query:"SecurityGroupRuleId,required"`
	Rule ruleRequest `query:"SecurityGroupRule"`
}

type ruleRequest struct {
	Protocol     string `query:"IpProtocol"`
	From         *int32 `query:"FromPort"`
	To           *int32 `query:"ToPort"`
	Block        string `query:"CidrIpv4"`
	Block6       string `query:"CidrIpv6"`
	PrefixListID string `query:"PrefixListId"`
	ReferencedID string `query:"ReferencedGroupId"`
	Description  string `query:"Description"`
}

// modifyRules changes rules in place: ids and tags stay.
func (s *Service) modifyRules(c *sim.Call, in *modifyRulesRequest) (*done, error) {
	here := s.at(c.Place)
	g, err := here.findGroup(in.GroupID)
	if err != nil {
		return nil, err
	}
	g.rules = slices.Clone(g.rules)
	for _, update := range in.Updates {
		if err := ruleKind.check(update.ID); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(g.rules, func(r rule) bool { return r.id == update.ID })
		if at < 0 {
			return nil, ruleKind.missing(update.ID)
		}
		changed, err := s.changedRule(c, g, g.rules[at], update.Rule)
		if err != nil {
			return nil, err
		}
		if twin := g.ruleFor(changed.permission, changed.egress); twin >= 0 && twin != at {
			return nil, sim.Fail("InvalidPermission.Duplicate", "the specified rule %q already exists", changed.permission.String())
		}
		g.rules[at] = changed
	}
	here.groups.Put(c.Stamp(), g.id, g)
	return &done{Return: true}, nil
}

// changedRule is the rule as the update wants it. The type of its source cannot change.
func (s *Service) changedRule(c *sim.Call, g group, old rule, update ruleRequest) (rule, error) {
	base, err := normalised(update.Protocol, update.From, update.To)
	if err != nil {
		return old, err
	}
	changed := rule{id: old.id, egress: old.egress, description: update.Description}
	if update.ReferencedID != "" {
		changed.permission, err = s.toGroup(c, base, g, pairRequest{GroupID: update.ReferencedID, UserID: old.account})
	} else {
		changed.permission, err = s.at(c.Place).toRange(base, rangeRequest{Block: update.Block, Block6: update.Block6, PrefixListID: update.PrefixListID})
	}
	if err != nil {
		return old, err
	}
	if changed.source() != old.source() {
		return old, sim.Fail("InvalidParameterValue", "You cannot modify the source type of rule %s", old.id)
	}
	return changed, checkDescription(update.Description)
}

// source is the type of the permission's source or destination.
func (p permission) source() string {
	switch {
	case p.block != "":
		return "cidrIpv4"
	case p.block6 != "":
		return "cidrIpv6"
	case p.prefixList != "":
		return "prefixListId"
	}
	return "referencedGroupId"
}
