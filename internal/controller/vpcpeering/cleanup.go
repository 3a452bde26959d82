package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// cleanup is a teardown as far as one reconciliation gets.
type cleanup struct {
	*reconciliation
	force bool
	// errs are what AWS answered to reads and removals that failed.
	errs []error
	// refused are removals that failed, and are not tried again now.
	refused map[string]bool
	// routesStay is true when a route of ours that is seen could not be removed.
	routesStay bool
}

// complete reports whether all was reached, and nothing was refused.
func (c *cleanup) complete() bool { return len(c.errs) == 0 && len(c.reasonsAway()) == 0 }

// findWhoIsAway asks STS whom the credentials of each actor belong to. Those that lead to
// another account hold everything, unless forced: somebody made a mistake that is
// quickly put right. A side that is away is skipped for now.
func (c *cleanup) findWhoIsAway(ctx context.Context) *verdict.Verdict {
	all := actors(c.request.Sides)
	errs, elsewhere := make([]error, len(all)), make([]string, len(all))
	var group sync.WaitGroup
	for i, a := range all {
		if *c.awayOf(a) == "" {
			group.Go(func() { elsewhere[i], errs[i] = c.inOtherAccount(ctx, a) })
		}
	}
	group.Wait()
	if found := nonEmpty(elsewhere); len(found) > 0 && !c.force {
		return new(c.otherAccounts(found))
	}
	for i, a := range all {
		if errs[i] != nil {
			c.errs = append(c.errs, ofActor(a, errs[i]))
			c.lose(a.Role, c.kindsOf(a))
		}
		if elsewhere[i] != "" {
			*c.awayOf(a) = elsewhere[i]
		}
	}
	c.loseAway()
	return nil
}

func (c *cleanup) observe(ctx context.Context) {
	c.errs = append(c.errs, c.observeForTeardown(ctx)...)
}

// findPeer takes from a connection that carries our tag which VPC a side has that nobody could resolve.
func (c *cleanup) findPeer() {
	c.request.Sides = peering.CompletedByTag(c.request, c.snapshot)
}

// confirmRecord notes what was pending and is seen now: once removed, it is not waited for.
func (c *cleanup) confirmRecord() {
	if c.object.Status.Inventory == nil {
		return
	}
	for _, role := range peering.Roles() {
		*c.editInventory(role) = peering.Confirmed(c.request, c.snapshot, role)
	}
}

func (c *cleanup) plan() peering.Teardown { return peering.PlanTeardown(c.request, c.snapshot) }

// next is the first stage with anything left to try, and what it changes.
func (c *cleanup) next() ([]peering.Action, aws.Kind) {
	plan := c.plan().Without(c.refused).FromWhoMay(c.refused)
	switch {
	case len(plan.Routes) > 0:
		return plan.Routes, aws.RouteTables
	case len(plan.Rules) > 0:
		return plan.Rules, aws.Rules
	case c.mayDisconnect(plan):
		return plan.Connection, aws.Connections
	default:
		return nil, 0
	}
}

// mayDisconnect: routes of others, and of ours that are seen and could not be removed,
// hold the connection, since they would be left as blackholes; so does what may be
// removed in a moment. Those of a side that cannot be reached do not: nobody can remove
// them, and they are named.
func (c *cleanup) mayDisconnect(plan peering.Teardown) bool {
	switch {
	case len(plan.Connection) == 0:
		return false
	case c.force:
		return !slices.ContainsFunc(c.errs, c.mayPass)
	default:
		return len(plan.Foreign) == 0 && !c.routesStay && !slices.ContainsFunc(c.errs, passing)
	}
}

// take carries a stage out and looks at what it changed.
func (c *cleanup) take(ctx context.Context, stage []peering.Action, kinds aws.Kind) {
	outcomes, err := c.applyAll(ctx, stage)
	if err == nil && c.answered(stage, outcomes) {
		return
	}
	for _, err := range separate([]error{c.notGiven(err)}) {
		c.errs = append(c.errs, err)
		if refused, ok := errors.AsType[*refusedAction](err); ok {
			c.refused[refused.action.String()] = true
			c.routesStay = c.routesStay || kinds == aws.RouteTables
		}
	}
	c.errs = append(c.errs, c.observeEach(ctx, c.Clock.Now(), kinds, rolesOf(stage)...)...)
}

// rolesOf are the sides that actions change; of a connection, the side that deletes it is ahead of the other one.
func rolesOf(stage []peering.Action) []peering.Role {
	return slices.DeleteFunc(peering.Roles(), func(role peering.Role) bool {
		return !slices.ContainsFunc(stage, func(action peering.Action) bool { return action.Role() == role })
	})
}

// left is everything that is still there, or may be.
func (c *cleanup) left() []string {
	plan := c.plan()
	return slices.Concat(plan.Left(), plan.Stuck, peering.LeftUnread(c.request, c.snapshot))
}

// judge says how far it is: done, waiting, or blocked by what was refused or is away.
func (c *cleanup) judge() verdict.Verdict {
	switch plan := c.plan(); {
	case c.complete(), len(c.left()) == 0:
		return c.stop(plan) // what could not be read has nothing of ours
	case !c.force:
		return c.blocked()
	case slices.ContainsFunc(c.errs, c.mayPass):
		judged := c.failed("Removing what was made in AWS", c.errs...)
		return deletingStill(fmt.Sprintf("%s crossvpc retries until %s after the deletion, then abandons what is left.", judged.Message, message.Duration(forcePatience)))
	default:
		return c.stop(plan.Without(c.refused))
	}
}

// blocked says what could not be removed, why, and how to give it up.
func (c *cleanup) blocked() verdict.Verdict {
	judged := c.failed("Removing what was made in AWS", c.errs...)
	if away := c.reasonsAway(); len(away) > 0 {
		said := append([]string{"Cannot remove all that was made in AWS."}, away...)
		if len(c.errs) > 0 {
			said = append(said, judged.Message)
		}
		judged = c.stalled(v1alpha1.ReasonCleanupBlocked, strings.Join(said, " "))
	}
	switch {
	case c.mayComeBack:
		c.again.Within(soon)
		return deletingStill(judged.Message + " " + stillToDo(c.left()))
	case judged.Progress == verdict.Stalled:
		judged.Reason = v1alpha1.ReasonCleanupBlocked
		judged.Message = fmt.Sprintf("%s %s %s", judged.Message, stillToDo(c.left()), c.orAbandon("Fix the cause"))
	}
	return judged
}
