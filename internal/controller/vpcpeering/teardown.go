package vpcpeering

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// tearDown removes in stages: routes, rules, connection. Each stage is planned on what
// was seen in this very reconciliation. What works on one side does not wait for the
// other: what cannot be reached, or is refused, is named, and the rest is removed.
func (p *reconciliation) tearDown(ctx context.Context) verdict.Verdict {
	if p.nobodyAdmits(p.request.Sides) {
		return p.withoutAdmission(p.forced())
	}
	force := p.forced() && (!p.mayComeBack || p.sinceDeletion() >= forcePatience)
	c := &cleanup{reconciliation: p, force: force, refused: map[string]bool{}}
	if judged := c.findWhoIsAway(ctx); judged != nil {
		return *judged
	}
	c.observe(ctx)
	c.findPeer()
	c.confirmRecord()
	if err := c.findHeirs(ctx, len(c.plan().Rules) > 0); err != nil {
		p.again.Within(soon)
		return deletingStill(err.Error())
	}
	for range mostRounds {
		stage, kinds := c.next()
		if len(stage) == 0 {
			return c.judge()
		}
		c.take(ctx, stage, kinds)
	}
	p.again.Within(soon)
	if c.complete() {
		return deletingStill(stillToDo(c.left()))
	}
	return c.judge()
}

// stop says why nothing is removed now: routes of others hold the connection, AWS
// is at work, or all is done.
func (c *cleanup) stop(plan peering.Teardown) verdict.Verdict {
	p := c.reconciliation
	switch {
	case len(plan.Connection) > 0 && !c.force:
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
		return c.removed(plan)
	}
}

func stillToDo(left []string) string { return "Still to do: " + strings.Join(left, "; ") + "." }

func deletingStill(why string) verdict.Verdict {
	return verdict.New(verdict.Wait, v1alpha1.ReasonDeleting, why)
}

// observeForTeardown reads all that is needed and can be read, and rules once more when the
// groups are known: without a record, groups that are selected by tag are named by no one
// before. Where nothing is new it costs no call.
func (p *reconciliation) observeForTeardown(ctx context.Context) []error {
	return append(p.observeParts(ctx, p.start, p.neededToRemove), p.observeEach(ctx, p.start, aws.Rules, peering.Roles()...)...)
}

// neededToRemove are the kinds that tell what there is to remove. The VPC and its groups tell
// nothing more where a record exists and the groups are named by id.
func (p *reconciliation) neededToRemove(role peering.Role) aws.Kind {
	groups := sideSpec(p.object, role).SecurityGroups
	named := groups.Groups == v1alpha1.SelectNone || groups.Groups == v1alpha1.SelectSelected && len(groups.SecurityGroupTags) == 0
	if p.object.Status.Inventory != nil && named {
		return aws.Connections | aws.RouteTables | aws.Rules
	}
	return aws.AllKinds
}

// observeEach reads kinds of each of some sides by itself, and loses what cannot be read.
func (p *reconciliation) observeEach(ctx context.Context, notBefore time.Time, kinds aws.Kind, roles ...peering.Role) []error {
	var errs []error
	for _, role := range roles {
		if err := p.observeSides(ctx, notBefore, kinds, role); err != nil {
			errs = append(errs, err)
			p.lose(role, kinds)
		}
	}
	return errs
}

// removed is the end of a teardown; what was abandoned, and what carries no tag
// that says it is ours, is in an event.
func (c *cleanup) removed(plan peering.Teardown) verdict.Verdict {
	var left []string
	if !c.complete() {
		left = c.left()
	}
	left = append(left, plan.Kept...)
	for _, unproven := range plan.Unproven {
		left = append(left, fmt.Sprintf("decide whether to delete %s, which has no tag that says who owns it", unproven))
	}
	for _, route := range plan.UnprovenRoutes {
		left = append(left, "decide whether to delete "+route)
	}
	if len(left) == 0 {
		return verdict.Verdict{Progress: verdict.Done, Message: "Everything that was made in AWS is removed."}
	}
	return c.leftOver(left)
}

func (p *reconciliation) leftOver(left []string) verdict.Verdict {
	note := stillToDo(left)
	p.announcer().Warn(eventLeftOver, "Delete", note)
	return verdict.Verdict{Progress: verdict.Done, Message: "Deleted although resources are left in AWS. " + note}
}

// mayPass reports whether trying again may help, though the deletion is forced:
// the annotation abandons what a person cannot fix, not what AWS was too busy for.
func (p *reconciliation) mayPass(err error) bool {
	return p.sinceDeletion() < forcePatience && passing(err)
}

// passing reports whether an error usually clears by itself.
func passing(err error) bool {
	return slices.ContainsFunc(aws.Failures(err), func(v aws.Failure) bool {
		return !v.Denied && !v.Quota && v.Class != aws.Terminal && v.Class != aws.User
	})
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
