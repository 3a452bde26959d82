package vpcpeering

import (
	"context"
	"errors"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// ruleStages: admit what is wanted, then shut out what is not.
const ruleStages = 2

// openGroups lets both sides' security groups admit the other's blocks.
func (p *reconciliation) openGroups(ctx context.Context) (verdict.Verdict, error) {
	if judged, waits := peering.AwaitsRecord(p.request, p.snapshot); waits {
		return p.orLookAgain(judged), nil
	}
	plans := p.planRules()
	if claimed, err := p.claimShared(ctx, plans); err != nil {
		return verdict.Verdict{}, err
	} else if claimed {
		plans = p.planRules()
	}
	judged := peering.RulesVerdict(plans)
	if judged.Progress == verdict.Done {
		p.recordRules(plans)
		return judged, nil
	}
	if err := p.observeRules(ctx); err != nil {
		return p.failed("Reading security groups", err), nil
	}
	if err := p.findHeirs(ctx, p.removesRules()); err != nil {
		return verdict.Verdict{}, err
	}
	plans = p.planRules()
	for range ruleStages {
		actions := ruleActions(plans)
		if len(actions) == 0 {
			break
		}
		if judged, err := p.changeRules(ctx, plans, actions); judged != nil || err != nil {
			return orZero(judged), err
		}
		plans = p.planRules()
	}
	p.recordRules(plans)
	return p.orLookAgain(peering.RulesVerdict(plans)), nil
}

// observeRules reads what rules are changed on. To make one that came in between is refused; to remove one, or to give it to
// somebody else, is not.
func (p *reconciliation) observeRules(ctx context.Context) error {
	if err := p.observe(ctx, p.freshEnough(p.hasRules()), aws.Groups|aws.Rules); err != nil {
		return err
	}
	if !p.removesRules() {
		return nil
	}
	return p.observe(ctx, p.start, aws.Groups|aws.Rules) // shared, where the first read was of this reconciliation already
}

// changeRules writes down what is about to be made and makes it, except what somebody else keeps undoing. What AWS
// answered is taken for what there is; it is read where an answer leaves that open.
func (p *reconciliation) changeRules(ctx context.Context, plans peering.Pair[peering.RulesPlan], actions []peering.Action) (*verdict.Verdict, error) {
	todo := p.withoutFought(v1alpha1.ConditionSecurityGroupsReady, actions)
	if actions = todo.free; len(actions) == 0 {
		return new(todo.beside(peering.RulesVerdict(plans))), nil
	}
	p.recordRules(plans)
	// The first record covers the routes too: with none at all, routes to our own
	// connection count as ours, and that must still hold after a crash here.
	if p.request.Inventory == nil {
		p.recordRoutes(p.planRoutes())
	}
	if err := p.draft.Persist(ctx); err != nil {
		return nil, err
	}
	p.request.Inventory = p.object.Status.Inventory
	outcomes, applied := p.applyAll(ctx, actions)
	p.countRepairs(todo, outcomes, applied)
	p.noteRepair(v1alpha1.ConditionSecurityGroupsReady, actions, outcomes)
	p.recordRuleIDs(actions, outcomes)
	var read error
	if applied != nil || removes(actions) || !p.answered(actions, outcomes) {
		applied = p.makeRoom(ctx, plans, applied)
		read = p.observe(ctx, p.Clock.Now(), aws.Rules)
	}
	if err := errors.Join(p.notGiven(applied), read); err != nil {
		p.recordRules(p.planRules())
		return new(todo.beside(p.failed("Changing security groups", err))), nil
	}
	if todo.fought == nil {
		return nil, nil
	}
	plans = p.planRules()
	p.recordRules(plans)
	return new(todo.beside(peering.RulesVerdict(plans))), nil
}

// makeRoom revokes first where nothing but a group's quota prevents what is wanted, and
// revoking makes room for it: one free place would be enough, and nobody else frees it.
func (p *reconciliation) makeRoom(ctx context.Context, plans peering.Pair[peering.RulesPlan], applied error) error {
	var left []error
	for _, err := range separate([]error{applied}) {
		left = append(left, p.swapRules(ctx, plans, err))
	}
	return errors.Join(left...)
}

func (p *reconciliation) swapRules(ctx context.Context, plans peering.Pair[peering.RulesPlan], failed error) error {
	refused, ok := errors.AsType[*refusedAction](failed)
	if !ok || !aws.Classify(failed).Quota {
		return failed
	}
	authorize, ok := refused.action.(peering.AuthorizeRules)
	if !ok {
		return failed
	}
	revoke, ok := plans.At(authorize.On).MakeRoom(authorize.GroupID, authorize.Egress, p.snapshot.At(authorize.On).Rules)
	if !ok {
		return failed
	}
	if _, err := p.applyOne(ctx, revoke); err != nil {
		return errors.Join(failed, err)
	}
	outcome, err := p.applyOne(ctx, authorize)
	p.recordRuleIDs([]peering.Action{authorize}, []aws.Outcome{outcome})
	return err
}

func (p *reconciliation) planRules() peering.Pair[peering.RulesPlan] {
	plans := peering.Pair[peering.RulesPlan]{}
	for _, role := range peering.Roles() {
		*plans.At(role) = peering.PlanRules(p.request, p.snapshot, role)
	}
	return plans
}

func ruleActions(plans peering.Pair[peering.RulesPlan]) []peering.Action {
	var actions []peering.Action
	for _, role := range peering.Roles() {
		actions = append(actions, plans.At(role).Next()...)
	}
	return actions
}

func (p *reconciliation) recordRules(plans peering.Pair[peering.RulesPlan]) {
	for _, role := range peering.Roles() {
		p.editInventory(role).SecurityGroupRules, p.editInventory(role).SharedRuleIDs = plans.At(role).Inventory, plans.At(role).Shared
	}
}

// recordRuleIDs adds the ids that AWS answered with: whose such a rule is, is
// known also while AWS does not show its tags yet.
func (p *reconciliation) recordRuleIDs(actions []peering.Action, outcomes []aws.Outcome) {
	for i, action := range actions {
		authorize, ok := action.(peering.AuthorizeRules)
		if !ok {
			continue
		}
		rules := p.editInventory(authorize.On).SecurityGroupRules
		for j := range rules {
			for made, id := range outcomes[i].RuleIDs {
				if peering.IsRule(rules[j], peering.RuleKey{Group: authorize.GroupID, Ingress: made, Egress: authorize.Egress}) {
					rules[j].RuleID = id
				}
			}
		}
	}
}

// orLookAgain asks for another look soon while AWS does not show yet what was done.
func (p *reconciliation) orLookAgain(judged verdict.Verdict) verdict.Verdict {
	if judged.Progress == verdict.Act || judged.Progress == verdict.Wait {
		p.again.Within(soon)
	}
	return judged
}
