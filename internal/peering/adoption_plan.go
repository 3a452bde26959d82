package peering

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// AdoptionPlan is what is left to do until all that spec.adopt names is ours.
type AdoptionPlan struct {
	verdict.Verdict
	// Actions write our tags. They depend on nothing but the record in status.
	Actions []Action
	// Routes become ours by the record alone.
	Routes Pair[[]RouteKey]
}

// PlanAdoption decides about what spec.adopt names. It is done when all of it is
// ours; what was adopted once is not looked for again.
func PlanAdoption(request Request, snapshot Snapshot) AdoptionPlan {
	done := AdoptionPlan{Verdict: verdict.Verdict{Progress: verdict.Done}}
	if request.Spec.Adopt == nil {
		return done
	}
	if anyUnread(snapshot) {
		return AdoptionPlan{Verdict: verdict.New(verdict.Wait, v1alpha1.ReasonSideUnread, "Waiting until both sides can be read. Until then nothing is adopted.")}
	}
	if findings := checkAdoption(request, snapshot); len(findings) > 0 {
		return AdoptionPlan{Verdict: FindingsVerdict(findings)}
	}
	plan := AdoptionPlan{Actions: adoptConnection(request, snapshot)}
	for _, role := range Roles() {
		plan.Actions = append(plan.Actions, adoptRules(request, snapshot, role)...)
		*plan.Routes.At(role) = unadoptedRoutes(request, snapshot, role)
	}
	if plan.empty() {
		return done
	}
	if unseen := unseenBy(request, snapshot); unseen != "" {
		return AdoptionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
			"Waiting for the %s to see %s. Until then nothing is adopted.", unseen, request.Spec.Adopt.ConnectionID)}
	}
	if judged, waits := waitingForClusters(unreported(request, snapshot, Requester), unreported(request, snapshot, Accepter), "subnets and security groups"); waits {
		judged.Message += " Until then nothing is adopted."
		return AdoptionPlan{Verdict: judged}
	}
	plan.Verdict = verdict.New(verdict.Act, v1alpha1.ReasonProgressing, "Adopting what spec.adopt names.")
	return plan
}

// unseenBy is a side that does not see the connection yet; empty: none.
func unseenBy(request Request, snapshot Snapshot) Role {
	for _, role := range Roles() {
		if id := request.Spec.Adopt.ConnectionID; furthest(snapshot, id) != nil && snapshot.At(role).connection(id) == nil {
			return role
		}
	}
	return ""
}

func (p AdoptionPlan) empty() bool {
	return len(p.Actions)+len(p.Routes.Requester)+len(p.Routes.Accepter) == 0
}

// adoptedRoute is a route that becomes ours by the record alone.
type adoptedRoute struct {
	on  Role
	key RouteKey
}

// String says it as an action does.
func (a adoptedRoute) String() string {
	return fmt.Sprintf("adopt the route to %s in %s (%s) by recording it in status, without a change in AWS", a.key.Destination, a.key.Table, a.on)
}

func (p AdoptionPlan) routes() []adoptedRoute {
	var routes []adoptedRoute
	for _, role := range Roles() {
		for _, key := range *p.Routes.At(role) {
			routes = append(routes, adoptedRoute{role, key})
		}
	}
	return routes
}

// Lines say the plan to a person, what comes first first.
func (p AdoptionPlan) Lines() []string {
	var lines []string
	for _, route := range p.routes() {
		lines = append(lines, route.String())
	}
	for _, action := range p.Actions {
		lines = append(lines, action.String())
	}
	return lines
}

// adoptConnection tags each side's view that does not name us as the owner.
func adoptConnection(request Request, snapshot Snapshot) []Action {
	id := request.Spec.Adopt.ConnectionID
	var actions []Action
	for _, role := range Roles() {
		if view := snapshot.At(role).connection(id); view != nil && !view.State.Gone() && !request.owns(view.Tags) {
			actions = append(actions, AdoptConnection{On: role, ID: id, Tags: request.adopted(request.Tags)})
		}
	}
	return actions
}

func adoptRules(request Request, snapshot Snapshot, role Role) []Action {
	var ids []string
	for _, id := range request.adoption(role).SecurityGroupRuleIDs {
		if rule := ruleByID(snapshot.At(role).Rules, id); rule != nil && !request.ownsRule(role, rule.Tags) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	return []Action{AdoptRules{On: role, RuleIDs: ids, Tags: request.adopted(request.ruleTags(role))}}
}

// unadoptedRoutes are named, there, and not on record.
func unadoptedRoutes(request Request, snapshot Snapshot, role Role) []RouteKey {
	recorded := recordedRoutes(request.inventory(role))
	return slices.DeleteFunc(request.namedRoutes(role), func(key RouteKey) bool {
		_, known := recorded[key]
		return known || request.isRecorded(key.adoptedAs()) || routeIn(snapshot.At(role).RouteTables, key) == nil
	})
}

func ruleByID(rules []SecurityGroupRule, id string) *SecurityGroupRule {
	for i := range rules {
		if rules[i].ID == id {
			return &rules[i]
		}
	}
	return nil
}
