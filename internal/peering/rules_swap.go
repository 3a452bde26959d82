package peering

import (
	"net/netip"
	"slices"
)

// MakeRoom is what makes room in a group whose quota has no place for what is wanted:
// rules of ours there that nobody wants any more go first. Only where they free as many
// places as are needed, of each family, since EC2 counts IPv4 and IPv6 apart, and each direction (VPC user
// guide, "Amazon VPC quotas"): then it is certain that what is wanted fits.
func (p RulesPlan) MakeRoom(group string, egress bool, rules []SecurityGroupRule) (RevokeRules, bool) {
	needed := p.places(group, egress)
	var freed byFamily
	for _, action := range p.Actions {
		revoke, is := action.(RevokeRules)
		if !is || revoke.GroupID != group || revoke.Egress != egress {
			continue
		}
		for _, rule := range rules {
			if slices.Contains(revoke.RuleIDs, rule.ID) {
				freed.count(rule.Source)
			}
		}
		return revoke, freed.v4 >= needed.v4 && freed.v6 >= needed.v6
	}
	return RevokeRules{}, false
}

func (p RulesPlan) places(group string, egress bool) byFamily {
	var needed byFamily
	for _, action := range p.Actions {
		if authorize, is := action.(AuthorizeRules); is && authorize.GroupID == group && authorize.Egress == egress {
			for _, rule := range authorize.Rules {
				needed.count(rule.Source)
			}
		}
	}
	return needed
}

// byFamily counts rules of IPv4 and IPv6.
type byFamily struct{ v4, v6 int }

func (f *byFamily) count(source netip.Prefix) {
	if source.Addr().Is6() {
		f.v6++
	} else {
		f.v4++
	}
}
