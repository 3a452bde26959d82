package peering

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// ruleRecord is what the record says of a rule that is there; false: it is not
// ours. Tags decide. EC2 may show them later than the rule they are on (EC2
// developer guide, "Eventual consistency"): until then what was written down
// stays written down, and nothing more follows from it.
func (r Request) ruleRecord(role Role, rule SecurityGroupRule) (v1alpha1.InventoryRule, bool) {
	if r.ownsRule(role, rule.Tags) {
		return inventoryRule(rule.key(), rule.ID, stateOf(rule.Answered)), true
	}
	if rule.Tags[v1alpha1.TagOwner] != "" {
		return v1alpha1.InventoryRule{}, false
	}
	entries := r.inventory(role).SecurityGroupRules
	known := slices.IndexFunc(entries, func(entry v1alpha1.InventoryRule) bool {
		// Where EC2 shows any tag, it would show ours.
		expected := len(rule.Tags) == 0 && entry.State == v1alpha1.InventoryPending && IsRule(entry, rule.key())
		made := entry.State == v1alpha1.InventoryCreated || len(rule.Tags) == 0
		return made && entry.RuleID == rule.ID || expected
	})
	if known < 0 {
		return v1alpha1.InventoryRule{}, false
	}
	return entries[known], true
}

// IsRule reports whether an entry of the record is about this rule.
func IsRule(entry v1alpha1.InventoryRule, key RuleKey) bool {
	return entry == inventoryRule(key, entry.RuleID, entry.State)
}

// askedFor is the record of a rule that is about to be asked for. The id of an
// earlier answer is kept: EC2 may not show that rule yet.
func (r Request) askedFor(role Role, key RuleKey) v1alpha1.InventoryRule {
	asked := inventoryRule(key, "", v1alpha1.InventoryPending)
	for _, entry := range r.inventory(role).SecurityGroupRules {
		if IsRule(entry, key) {
			asked.RuleID = entry.RuleID
		}
	}
	return asked
}

// unseenRules stay on record though nobody wants them any more: they were asked
// for lately, and EC2 may show them yet, in groups that no one else looks into.
func (r Request) unseenRules(role Role, rules []SecurityGroupRule, wanted map[RuleKey]bool) []v1alpha1.InventoryRule {
	if !r.RulesLately {
		return nil
	}
	known := map[RuleKey]bool{}
	for _, rule := range rules {
		known[rule.key()] = true
	}
	return slices.DeleteFunc(slices.Clone(r.inventory(role).SecurityGroupRules), func(entry v1alpha1.InventoryRule) bool {
		key := keyOf(entry)
		return entry.State != v1alpha1.InventoryPending || known[key] || wanted[key]
	})
}

func keyOf(entry v1alpha1.InventoryRule) RuleKey {
	source, _ := netip.ParsePrefix(entry.Source) // written by us
	return RuleKey{entry.SecurityGroupID, Ingress{source, entry.Protocol, entry.FromPort, entry.ToPort}, entry.Egress}
}

// strippedRules are ours by the record or by the tags that are left, and carry our owner tag no
// longer: somebody took it off. They are left alone, and named.
func strippedRules(request Request, snapshot Snapshot, role Role) []string {
	return rulesNamed(role, snapshot.At(role).Rules, func(rule SecurityGroupRule) bool {
		entry, recorded := request.ruleRecord(role, rule)
		made := recorded && entry.State == v1alpha1.InventoryCreated && rule.Tags[v1alpha1.TagOwner] == ""
		return made || request.lostOwner(snapshot, role, rule)
	})
}

// unprovenRules are on record, or have other tags of ours, and carry no owner tag: they may be
// ours, and are left alone until that is seen.
func unprovenRules(request Request, snapshot Snapshot, role Role) []string {
	return rulesNamed(role, snapshot.At(role).Rules, func(rule SecurityGroupRule) bool {
		_, recorded := request.ruleRecord(role, rule)
		return recorded && !request.ownsRule(role, rule.Tags) || request.lostOwner(snapshot, role, rule)
	})
}

// lostOwner holds for a rule without owner tag that still says that our installation made it for
// this peer, also where no record does (status was lost). One without the peer's tag is of a time
// before there was one, or lost it, too: then its block says for which peer it is.
func (r Request) lostOwner(snapshot Snapshot, role Role, rule SecurityGroupRule) bool {
	installation := r.Tags[v1alpha1.TagManagedBy]
	if rule.Tags[v1alpha1.TagOwner] != "" || installation == "" || rule.Tags[v1alpha1.TagManagedBy] != installation {
		return false
	}
	if peer, tagged := rule.Tags[v1alpha1.TagPeerVPC]; tagged {
		return peer == r.Sides.At(role.Other()).VPC
	}
	return slices.Contains(peerBlocks(role, snapshot), rule.Source)
}

// rulesNamed lists rules of one side by id and group.
func rulesNamed(role Role, rules []SecurityGroupRule, is func(SecurityGroupRule) bool) []string {
	var names []string
	for _, rule := range rules {
		if is(rule) {
			names = append(names, fmt.Sprintf("%s in %s (%s)", rule.ID, rule.GroupID, role))
		}
	}
	slices.Sort(names)
	return names
}
