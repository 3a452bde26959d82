package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// tearDown removes in stages: routes, rules, connection. Each stage is planned
// on what was seen in this very reconciliation. With the force annotation, what AWS refuses
// is abandoned, and the later stages are still carried out.
func (p *reconciliation) tearDown(ctx context.Context) verdict.Verdict {
	force := p.forced()
	switch {
	case p.goneIdentity != "":
		return p.withoutIdentity(force)
	case len(p.notAdmitting) > 0:
		return p.withoutAdmission(force)
	}
	switch others, err := p.inOtherAccounts(ctx); {
	case err != nil:
		return p.cleanupBlocked(err, p.recorded(), force)
	case len(others) > 0:
		return p.otherAccounts(others, force)
	}
	if err := p.observeForTeardown(ctx); err != nil {
		return p.cleanupBlocked(err, p.recorded(), force)
	}
	givenUp := map[string]bool{}
	for range mostRounds {
		plan := peering.PlanTeardown(p.request, p.snapshot).Without(givenUp)
		stage, kinds := nextStage(plan)
		if len(stage) == 0 || kinds == aws.Connections && len(plan.Foreign) > 0 && !force {
			return p.stop(plan, givenUp)
		}
		refused := p.apply(ctx, stage)
		if err := p.observe(ctx, p.Clock.Now(), kinds); err != nil {
			return p.cleanupBlocked(errors.Join(refused, err), plan.Left(), force)
		}
		if refused != nil && (!force || p.mayPass(refused)) {
			return p.cleanupBlocked(refused, peering.PlanTeardown(p.request, p.snapshot).Left(), force)
		}
		giveUp(givenUp, stage, refused)
	}
	p.again.Within(soon)
	return deletingStill(stillToDo(peering.PlanTeardown(p.request, p.snapshot).Left()))
}

// nextStage is the first stage with anything left, and what it changes.
func nextStage(plan peering.Teardown) ([]peering.Action, aws.Kind) {
	switch {
	case len(plan.Routes) > 0:
		return plan.Routes, aws.RouteTables
	case len(plan.Rules) > 0:
		return plan.Rules, aws.Rules
	default:
		return plan.Connection, aws.Connections
	}
}

// stop says why nothing is removed now: routes of others hold the connection, AWS
// is at work, or all is done.
func (p *reconciliation) stop(plan peering.Teardown, givenUp map[string]bool) verdict.Verdict {
	switch {
	case len(plan.Connection) > 0:
		p.again.Within(userError)
		return plan.ForeignVerdict(p.request.ConnectionID, p.forbidden())
	case plan.Waiting != "" && p.request.RequestedLately:
		p.again.Within(p.backoff())
		return deletingStill(plan.Waiting)
	case plan.Waiting != "":
		p.again.Within(soon)
		return deletingStill(plan.Waiting)
	case len(plan.Unproven)+len(plan.UnprovenRoutes) > 0 && p.sinceDeletion() < underWay:
		p.again.Within(growing(p.sinceDeletion()))
		return deletingStill("Waiting for AWS to show the tags of these resources, which say who owns them: " + strings.Join(slices.Concat(plan.Unproven, plan.UnprovenRoutes), "; ") + ".")
	case p.mayStillAppear():
		p.again.Within(soon)
		return deletingStill("Waiting for AWS to show what was being made when the deletion came.")
	default:
		return p.removed(plan, givenUp)
	}
}

func stillToDo(left []string) string { return "Still to do: " + strings.Join(left, "; ") + "." }

func deletingStill(why string) verdict.Verdict {
	return verdict.New(verdict.Wait, v1alpha1.ReasonDeleting, why)
}

// giveUp notes what was refused and is not tried again in this reconciliation.
func giveUp(givenUp map[string]bool, stage []peering.Action, refused error) {
	if refused == nil {
		return
	}
	for _, action := range stage {
		givenUp[action.String()] = true
	}
}

// observeForTeardown reads rules once more when the groups are known: without a
// record, groups that are selected by tag are named by no one before. Where
// nothing is new it costs no call.
func (p *reconciliation) observeForTeardown(ctx context.Context) error {
	if err := p.observe(ctx, p.start, aws.AllKinds); err != nil {
		return err
	}
	return p.observe(ctx, p.start, aws.Rules)
}

// removed is the end of a teardown; what was given up, and what carries no tag
// that says it is ours, is in an event.
func (p *reconciliation) removed(plan peering.Teardown, givenUp map[string]bool) verdict.Verdict {
	var left []string
	if len(givenUp) > 0 {
		left = peering.PlanTeardown(p.request, p.snapshot).Left()
	}
	for _, unproven := range plan.Unproven {
		left = append(left, fmt.Sprintf("decide whether to delete %s, which has no tags", unproven))
	}
	for _, route := range plan.UnprovenRoutes {
		left = append(left, "decide whether to delete "+route)
	}
	if len(left) == 0 {
		return verdict.Verdict{Progress: verdict.Done, Message: "Everything that was made in AWS is removed."}
	}
	return p.leftOver(left)
}

func (p *reconciliation) leftOver(left []string) verdict.Verdict {
	note := stillToDo(left)
	p.announcer().Warn(eventLeftOver, "Delete", note)
	return verdict.Verdict{Progress: verdict.Done, Message: "Deleted although resources are left in AWS. " + note}
}

// mayPass reports whether trying again may help, though the deletion is forced:
// the annotation gives up what a person cannot fix, not what AWS was too busy for.
func (p *reconciliation) mayPass(err error) bool {
	return p.sinceDeletion() < forcePatience && slices.ContainsFunc(aws.Failures(err), func(f aws.Failure) bool {
		return !f.Denied && !f.Quota && f.Class != aws.Terminal && f.Class != aws.User
	})
}

// cleanupBlocked says what could not be removed. With the force annotation the
// object is let go all the same, and the leftovers are in an event.
func (p *reconciliation) cleanupBlocked(err error, left []string, force bool) verdict.Verdict {
	judged := p.failed("Removing what was made in AWS", err)
	switch {
	case force && p.mayPass(err):
		return deletingStill(fmt.Sprintf("%s crossvpc retries until %s after the deletion, then abandons what is left.", judged.Message, message.Duration(forcePatience)))
	case force:
		return p.leftOver(left)
	}
	if judged.Progress == verdict.Stalled {
		judged.Reason = v1alpha1.ReasonCleanupBlocked
		judged.Message = fmt.Sprintf("%s %s %s", judged.Message, stillToDo(left), p.orAbandon("Fix the cause"))
	}
	return judged
}

// recorded lists the inventory and the connection by id.
func (p *reconciliation) recorded() []string {
	var left []string
	if id := p.object.Status.PeeringConnectionID; id != "" && !p.object.Status.Adopted {
		left = append(left, "delete "+id)
	}
	for _, role := range peering.Roles() {
		for _, entry := range p.sideInventory(role).Routes {
			left = append(left, fmt.Sprintf("remove the routes to %s from %s (%s)", strings.Join(entry.Destinations, ", "), entry.RouteTableID, role))
		}
		for _, rule := range p.sideInventory(role).SecurityGroupRules {
			left = append(left, fmt.Sprintf("remove rule %s for %s from %s (%s)", rule.RuleID, rule.Source, rule.SecurityGroupID, role))
		}
	}
	if len(left) == 0 {
		return []string{"nothing that is recorded"}
	}
	return left
}
