package peering

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// RoutesVerdict judges both sides' routes by what was observed.
func RoutesVerdict(plans Pair[RoutesPlan]) verdict.Verdict {
	var conflicts, missing, absent, held, settling, remarks []string
	inPlace, tables := 0, map[string]bool{}
	for _, role := range Roles() {
		plan := *plans.At(role)
		for _, conflict := range plan.Conflicts {
			conflicts = append(conflicts, conflict.describe(role))
		}
		for _, action := range plan.Actions {
			absent = append(absent, action.String())
		}
		missing = append(missing, routeNames(plan.Missing, role)...)
		held = append(held, routeNames(plan.Held, role)...)
		settling = append(settling, routeNames(plan.Settling, role)...)
		for _, key := range plan.InPlace {
			inPlace++
			tables[key.Table] = true
		}
		remarks = append(remarks, plan.remarks(role)...)
	}
	switch {
	case len(conflicts) > 0:
		return verdict.New(verdict.Stalled, v1alpha1.ReasonRouteConflict, message.Sentences(conflicts)+" Remove that route, or leave the block out with excludeCIDRs"+replaceable(plans)+".")
	case len(missing) > 0:
		return verdict.Newf(verdict.Stalled, v1alpha1.ReasonMissing, "Routes are missing, and with routes.tables: None somebody else makes them: %s. Add them, or set routes.tables to Auto.", message.Clauses(missing))
	case len(absent) > 0:
		return verdict.New(verdict.Act, v1alpha1.ReasonProgressing, "Still to do: "+message.Clauses(absent)+".")
	case len(held) > 0:
		return verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "New routes wait until the security groups of both sides are open: "+message.Clauses(held)+".")
	case len(settling) > 0:
		return verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for AWS to show these routes as active instead of blackhole: "+message.Clauses(settling)+".")
	}
	if waiting, ok := waitingForClusters(plans.Requester.Incomplete, plans.Accepter.Incomplete, "subnets"); ok {
		return waiting
	}
	seen := fmt.Sprintf("%s in %s %s to the peer", message.Count(inPlace, "route"), message.Count(len(tables), "route table"), message.Verb(inPlace, "leads", "lead"))
	if unclear, ok := notRead("Route tables", Pair[bool]{plans.Requester.NotRead, plans.Accepter.NotRead}, seen); ok {
		return unclear
	}
	for _, role := range Roles() {
		if plans.At(role).NothingSelected {
			return verdict.Newf(verdict.Stalled, v1alpha1.ReasonNothingSelected, "No route table of the %s is selected. Name tables in spec.%s.routes.routeTableIDs.", role, role)
		}
	}
	return verdict.New(verdict.Done, v1alpha1.ReasonInPlace, noting(seen+".", remarks))
}

func routeNames(keys []RouteKey, role Role) []string {
	var names []string
	for _, key := range keys {
		names = append(names, fmt.Sprintf("%s in %s (%s)", key.Destination, key.Table, role))
	}
	return names
}

func waitingForClusters(requester, accepter bool, what string) (verdict.Verdict, bool) {
	for _, side := range []struct {
		waits bool
		role  Role
	}{{requester, Requester}, {accepter, Accepter}} {
		if side.waits {
			return verdict.Newf(verdict.Wait, v1alpha1.ReasonClusterNotResolved, "Waiting for the %s's PeeredClusters to report the %s of their pods. See their conditions.", side.role, what), true
		}
	}
	return verdict.Verdict{}, false
}

// replaceable adds the third way out where a conflicting route is a dead one that
// the policy could give us.
func replaceable(plans Pair[RoutesPlan]) string {
	for _, role := range Roles() {
		for _, conflict := range plans.At(role).Conflicts {
			if conflict.Route.Blackhole() && conflict.Route.Origin == "CreateRoute" {
				return ", or set conflictPolicy: ReplaceBlackhole to take over blackholes"
			}
		}
	}
	return ""
}

func (c RouteConflict) describe(role Role) string {
	propagated := ""
	if c.Route.Origin != "CreateRoute" && c.Route.Origin != "" {
		propagated = fmt.Sprintf(", origin %s", c.Route.Origin)
	}
	listed := ""
	if c.Route.PrefixListID != "" {
		listed = ", by prefix list " + c.Route.PrefixListID
	}
	return fmt.Sprintf("Route table %s (%s) already routes %s to %s (%s%s%s).", c.Table, role, c.Block, c.Route.Target, orElse(c.Route.State, "active"), propagated, listed)
}

func (p RoutesPlan) remarks(role Role) []string {
	var remarks []string
	for _, conflict := range p.Shadowing {
		remarks = append(remarks, fmt.Sprintf("Route table %s (%s) still sends %s to %s.", conflict.Table, role, conflict.Route.Destination, conflict.Route.Target))
	}
	return slices.Concat(remarks, p.Unread, p.IdleExclusions)
}

// Diversions says which live routes lose traffic to the new ones.
func (p RoutesPlan) Diversions(role Role) []string {
	var said []string
	for _, conflict := range p.Diverted {
		said = append(said, fmt.Sprintf("Traffic to %s in route table %s (%s) moves from %s (%s) to the peering.",
			conflict.Block, conflict.Table, role, conflict.Route.Target, conflict.Route.Destination))
	}
	return said
}

func noting(main string, remarks []string) string {
	if len(remarks) == 0 {
		return main
	}
	return main + " Note: " + message.Sentences(remarks)
}
