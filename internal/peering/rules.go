package peering

import (
	"cmp"
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// RuleKey identifies a rule: description and tags are not part of it.
type RuleKey struct {
	Group string
	Ingress
	// Egress is true for a rule that lets out; Source then is where to.
	Egress bool
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
	// Stripped are rules of ours that no longer carry our owner tag.
	Stripped []string
	// Tagging makes tags of our rules follow the spec; it blocks nothing.
	Tagging []Action
	// Missing are rules that somebody else is to make (groups: None).
	Missing []RuleKey
	// Foreign are rules that are missing in groups of another account or VPC: AWS refuses us there, and on record
	// they would count as made in our account. OutOfReach says why, of each group.
	Foreign    []RuleKey
	OutOfReach []Finding
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
		in := desiredIngress(request.side(role).SecurityGroups.Ingress, blocks)
		var others *[]RuleKey // where a rule is noted that we do not make
		switch {
		case observe:
			others = &plan.Missing
		case outOfReach(request, role, group) != nil:
			others = &plan.Foreign
		}
		plan.want(request, snapshot.At(role).Rules, AuthorizeRules{On: role, GroupID: group.ID, Rules: in}, wanted, others)
		if out := desiredEgress(request, snapshot, role, group.ID); len(out) > 0 {
			plan.want(request, snapshot.At(role).Rules, AuthorizeRules{On: role, GroupID: group.ID, Egress: true, Rules: out}, wanted, others)
		}
	}
	plan.OutOfReach = foreignGroups(request, slices.DeleteFunc(slices.Clone(selection.Items), func(g SecurityGroup) bool { return !plan.lacksIn(g.ID) }), role)
	plan.Tagging = planRuleTags(request, snapshot, role)
	plan.Stripped = strippedRules(request, snapshot, role)
	withdrawRules(&plan, request, snapshot.At(role).Rules, role, wanted, observe || selection.uncertain() || len(peerBlocks(role, snapshot)) == 0)
	return plan
}

// lacksIn reports whether the group lacks a rule that crossvpc cannot add.
func (p *RulesPlan) lacksIn(group string) bool {
	return slices.ContainsFunc(p.Foreign, func(key RuleKey) bool { return key.Group == group })
}

// want notes which of the rules that one group is to have in one direction are there, and adds those that are not,
// or notes them in others.
func (p *RulesPlan) want(request Request, rules []SecurityGroupRule, all AuthorizeRules, wanted map[RuleKey]bool, others *[]RuleKey) {
	var absent []Ingress
	for _, ingress := range all.Rules {
		key := RuleKey{all.GroupID, ingress, all.Egress}
		wanted[key] = true
		existing := findRule(rules, key)
		switch {
		case existing != nil:
			p.InPlace = append(p.InPlace, key)
			if entry, ours := request.ruleRecord(all.On, *existing); ours {
				p.Inventory = append(p.Inventory, entry)
			} else if request.isShared(existing.Tags) {
				p.Shared = append(p.Shared, existing.ID)
			}
		case others != nil:
			*others = append(*others, key)
		default:
			absent = append(absent, ingress)
			p.Inventory = append(p.Inventory, request.askedFor(all.On, key))
		}
	}
	if len(absent) > 0 {
		all.Rules, all.Tags = absent, request.ruleTags(all.On)
		p.Actions = append(p.Actions, all)
	}
}

// withdrawRules removes rules that carry our owner tag and are no longer wanted.
// IAM can't limit a revoke to rules we tagged, so this check is the only guard.
func withdrawRules(plan *RulesPlan, request Request, rules []SecurityGroupRule, role Role, wanted map[RuleKey]bool, keepAll bool) {
	removal := newRemoval()
	rules = slices.SortedFunc(slices.Values(rules), func(a, b SecurityGroupRule) int { return cmp.Compare(a.ID, b.ID) })
	for _, rule := range rules {
		entry, ours := request.ruleRecord(role, rule)
		if !ours || wanted[rule.key()] {
			continue
		}
		plan.Inventory = append(plan.Inventory, entry)
		if request.ownsRule(role, rule.Tags) {
			removal.add(request, rule)
		}
	}
	plan.Inventory = append(plan.Inventory, request.unseenRules(role, rules, wanted)...)
	if keepAll {
		return
	}
	plan.Actions, plan.Kept = append(plan.Actions, removal.actions(role)...), removal.kept
}

// ruleSet is the rules of one group in one direction: EC2 revokes those together.
type ruleSet struct {
	group  string
	egress bool
}

func (s ruleSet) compare(other ruleSet) int {
	return cmp.Or(cmp.Compare(s.group, other.group), compareBool(s.egress, other.egress))
}

func revokes(role Role, bySet map[ruleSet][]string) []Action {
	var actions []Action
	for _, set := range slices.SortedFunc(maps.Keys(bySet), ruleSet.compare) {
		slices.Sort(bySet[set])
		actions = append(actions, RevokeRules{On: role, GroupID: set.group, Egress: set.egress, RuleIDs: bySet[set]})
	}
	return actions
}

func (r SecurityGroupRule) key() RuleKey {
	return RuleKey{r.GroupID, Ingress{r.Source, r.Protocol, r.FromPort, r.ToPort}, r.Egress}
}

func findRule(rules []SecurityGroupRule, key RuleKey) *SecurityGroupRule {
	for i := range rules {
		if rules[i].key() == key {
			return &rules[i]
		}
	}
	return nil
}

func inventoryRule(key RuleKey, id string, state v1alpha1.InventoryState) v1alpha1.InventoryRule {
	return v1alpha1.InventoryRule{
		SecurityGroupID: key.Group, RuleID: id, Egress: key.Egress, Source: key.Source.String(),
		Protocol: key.Protocol, FromPort: key.FromPort, ToPort: key.ToPort, State: state,
	}
}
