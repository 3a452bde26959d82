package peering

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// RuleKey identifies an ingress rule: description and tags are not part of it.
type RuleKey struct {
	Group string
	Ingress
}

// RulesPlan is what to do about one side's group rules.
type RulesPlan struct {
	// InPlace are the rules that admit what is needed, ours or not.
	InPlace []RuleKey
	// Inventory is what we made or are about to make.
	Inventory []v1alpha1.InventoryRule
	Actions   []Action
	// Shared are ids of rules in place that another VPCPeering made: status says that we
	// rely on them, so that they are handed over when that one goes.
	Shared []string
	// Kept are rules of ours that nobody here wants, and that stay for another one.
	Kept []string
	// Stripped are rules on record that no longer carry our owner tag.
	Stripped []string
	// Tagging makes tags of our rules follow the spec; it blocks nothing.
	Tagging []Action
	// Missing are rules that somebody else is to make (groups: None).
	Missing []RuleKey
	// ControlPlane are selected groups that also open the EKS control plane.
	ControlPlane []string
	// Incomplete is true when a cluster has not reported where its pods live.
	Incomplete bool
	// NotRead is true when the side's groups could not be read: the record stays.
	NotRead bool
}

// Next are the actions to take now: nothing is shut out before all that is wanted
// was seen admitted. A change of ports or of groups that AWS refuses in part (a
// quota, a permission) would cut off traffic otherwise.
func (p RulesPlan) Next() []Action {
	admit := slices.DeleteFunc(slices.Clone(p.Actions), func(action Action) bool {
		_, is := action.(AuthorizeRules)
		return !is
	})
	if len(admit) > 0 {
		return admit
	}
	return p.Actions
}

// PlanRules compares a side's group rules with what the peering needs.
func PlanRules(request Request, snapshot Snapshot, role Role) RulesPlan {
	if snapshot.At(role).Unread.Groups {
		made := request.inventory(role)
		return RulesPlan{NotRead: true, Inventory: made.SecurityGroupRules, Shared: made.SharedRuleIDs}
	}
	selection := SelectGroups(request, snapshot, role)
	plan := RulesPlan{Incomplete: selection.Incomplete}
	observe := request.side(role).SecurityGroups.Groups == v1alpha1.SelectNone
	blocks := request.Reached(snapshot, role)
	wanted := map[RuleKey]bool{}
	for _, group := range selection.Items {
		if group.OpensControlPlane() {
			plan.ControlPlane = append(plan.ControlPlane, group.ID)
		}
		var absent []Ingress
		for _, ingress := range desiredIngress(request.side(role).SecurityGroups.Ingress, blocks) {
			key := RuleKey{group.ID, ingress}
			wanted[key] = true
			existing := findRule(snapshot.At(role).Rules, key)
			switch {
			case existing != nil:
				plan.InPlace = append(plan.InPlace, key)
				if entry, ours := request.ruleRecord(role, *existing); ours {
					plan.Inventory = append(plan.Inventory, entry)
				} else if request.isShared(existing.Tags) {
					plan.Shared = append(plan.Shared, existing.ID)
				}
			case observe:
				plan.Missing = append(plan.Missing, key)
			default:
				absent = append(absent, ingress)
				plan.Inventory = append(plan.Inventory, request.askedFor(role, key))
			}
		}
		if len(absent) > 0 {
			plan.Actions = append(plan.Actions, AuthorizeRules{On: role, GroupID: group.ID, Rules: absent, Tags: request.ruleTags(role)})
		}
	}
	plan.Tagging = planRuleTags(request, snapshot, role)
	withdrawRules(&plan, request, snapshot.At(role).Rules, role, wanted, observe || selection.uncertain() || len(peerBlocks(role, snapshot)) == 0)
	return plan
}

// withdrawRules removes rules that carry our owner tag and are no longer wanted.
// IAM can't limit a revoke to rules we tagged, so this check is the only guard.
func withdrawRules(plan *RulesPlan, request Request, rules []SecurityGroupRule, role Role, wanted map[RuleKey]bool, keepAll bool) {
	removal := newRemoval()
	rules = slices.SortedFunc(slices.Values(rules), func(a, b SecurityGroupRule) int { return cmp.Compare(a.ID, b.ID) })
	for _, rule := range rules {
		entry, ours := request.ruleRecord(role, rule)
		if rule.Egress || !ours || wanted[rule.key()] {
			continue
		}
		plan.Inventory = append(plan.Inventory, entry)
		if request.ownsRule(role, rule.Tags) {
			removal.add(request, rule)
		}
	}
	plan.Stripped = request.strippedRules(role, rules)
	plan.Inventory = append(plan.Inventory, request.unseenRules(role, rules, wanted)...)
	if keepAll {
		return
	}
	plan.Actions, plan.Kept = append(plan.Actions, removal.actions(role)...), removal.kept
}

func revokes(role Role, byGroup map[string][]string) []Action {
	var actions []Action
	groups := make([]string, 0, len(byGroup))
	for group := range byGroup {
		groups = append(groups, group)
	}
	slices.Sort(groups)
	for _, group := range groups {
		slices.Sort(byGroup[group])
		actions = append(actions, RevokeRules{On: role, GroupID: group, RuleIDs: byGroup[group]})
	}
	return actions
}

func (r SecurityGroupRule) key() RuleKey {
	return RuleKey{r.GroupID, Ingress{r.Source, r.Protocol, r.FromPort, r.ToPort}}
}

func findRule(rules []SecurityGroupRule, key RuleKey) *SecurityGroupRule {
	for i := range rules {
		if !rules[i].Egress && rules[i].key() == key {
			return &rules[i]
		}
	}
	return nil
}

func inventoryRule(key RuleKey, id string, state v1alpha1.InventoryState) v1alpha1.InventoryRule {
	return v1alpha1.InventoryRule{
		SecurityGroupID: key.Group, RuleID: id, Source: key.Source.String(),
		Protocol: key.Protocol, FromPort: key.FromPort, ToPort: key.ToPort, State: state,
	}
}

// desiredIngress spells the wanted rules as EC2 does: -1 for all protocols, and
// icmpv6 for IPv6 blocks.
func desiredIngress(rules []v1alpha1.IngressRule, blocks []netip.Prefix) []Ingress {
	if len(rules) == 0 {
		rules = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolAll}}
	}
	var wanted []Ingress
	for _, block := range blocks {
		for _, rule := range rules {
			if !concerns(rule, block) {
				continue
			}
			ingress := ingressOf(rule, block)
			if !slices.Contains(wanted, ingress) {
				wanted = append(wanted, ingress)
			}
		}
	}
	return wanted
}

// concerns is false for messages of ICMP that the block's family does not have: the same number means another message there.
func concerns(rule v1alpha1.IngressRule, block netip.Prefix) bool {
	switch {
	case rule.Protocol == v1alpha1.ProtocolICMPv6:
		return block.Addr().Is6()
	case rule.Protocol == v1alpha1.ProtocolICMP && rule.ICMPType != nil:
		return block.Addr().Is4()
	default:
		return true
	}
}

// ingressOf is a rule for one block. In rules about ICMP the ports are type and code, -1 for all (EC2 API, IpPermission).
func ingressOf(rule v1alpha1.IngressRule, block netip.Prefix) Ingress {
	ingress := Ingress{Source: block, Protocol: protocolName(rule.Protocol, block), FromPort: -1, ToPort: -1}
	switch {
	case rule.Protocol == v1alpha1.ProtocolTCP || rule.Protocol == v1alpha1.ProtocolUDP:
		ingress.FromPort, ingress.ToPort = ports(rule)
	case rule.ICMPType != nil:
		ingress.FromPort = *rule.ICMPType
		if rule.ICMPCode != nil {
			ingress.ToPort = *rule.ICMPCode
		}
	}
	return ingress
}

func ports(rule v1alpha1.IngressRule) (from, to int32) {
	if rule.FromPort == nil || rule.ToPort == nil {
		return 0, 65535
	}
	return *rule.FromPort, *rule.ToPort
}

func protocolName(protocol v1alpha1.Protocol, block netip.Prefix) string {
	switch protocol {
	case v1alpha1.ProtocolTCP:
		return "tcp"
	case v1alpha1.ProtocolUDP:
		return "udp"
	case v1alpha1.ProtocolICMPv6:
		return "icmpv6"
	case v1alpha1.ProtocolICMP:
		if block.Addr().Is6() {
			return "icmpv6"
		}
		return "icmp"
	default:
		return "-1"
	}
}
