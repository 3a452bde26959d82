package peering

import (
	"net/netip"
	"slices"
)

// spelled is a rule as rules about blocks: one about a prefix list is one for each of its entries, and one about a group is
// about the blocks where all of the peer's interfaces have that group. Where that is not known it stays without a source.
func (c *pathCheck) spelled(role Role, rule SecurityGroupRule, blocks []netip.Prefix) []SecurityGroupRule {
	switch {
	case rule.Source.IsValid() || rule.Unread != "":
		return []SecurityGroupRule{rule}
	case rule.PrefixListID != "":
		return rule.each(rule.Entries)
	case c.isOwnGroup(role, rule.ReferencedGroupID):
		return nil
	case c.allCarry(role.Other(), rule.ReferencedGroupID):
		return rule.each(blocks)
	default:
		return []SecurityGroupRule{rule}
	}
}

// each is the rule once for each block.
func (r SecurityGroupRule) each(blocks []netip.Prefix) []SecurityGroupRule {
	var rules []SecurityGroupRule
	for _, block := range blocks {
		single := r
		single.Source = block
		rules = append(rules, single)
	}
	return rules
}

// isOwnGroup: no group of a peer in another region can be referenced (VPC Peering Guide, "Update your security groups to
// reference peer security groups"), so a rule about a group is about this side's own interfaces there. In the same region
// it is where the group is one of this side's VPC.
func (c *pathCheck) isOwnGroup(role Role, group string) bool {
	return c.request.CrossesRegions() ||
		slices.ContainsFunc(c.snapshot.At(role).everyGroup(), func(g SecurityGroup) bool { return g.ID == group })
}

// allCarry reports whether every interface of a side that carries pods has the group.
func (c *pathCheck) allCarry(role Role, group string) bool {
	sets := c.groupSets(role)
	return len(sets) > 0 && !slices.ContainsFunc(sets, func(set []string) bool { return !slices.Contains(set, group) })
}
