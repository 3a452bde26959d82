package peering

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Plan is everything that mode Apply would do, in order.
type Plan struct {
	Findings   []Finding
	Adoption   AdoptionPlan
	Connection ConnectionPlan
	Rules      Pair[RulesPlan]
	Routes     Pair[RoutesPlan]
	DNS        DNSPlan
	// coverings are what clusters are asked for that they do not say they cover.
	coverings []covering
}

// MakePlan plans every step as if the earlier ones succeeded.
func MakePlan(request Request, snapshot Snapshot) Plan {
	plan := Plan{
		Findings:   Preflight(request, snapshot),
		Adoption:   PlanAdoption(request, snapshot),
		Connection: HoldNew(request, snapshot, PlanConnection(request, snapshot)),
		Rules:      Pair[RulesPlan]{},
		Routes:     Pair[RoutesPlan]{},
		coverings:  planCoverings(request, snapshot),
	}
	for _, role := range Roles() {
		*plan.Rules.At(role) = PlanRules(request, snapshot, role)
		*plan.Routes.At(role) = PlanRoutes(request, snapshot, role, plan.Connection)
	}
	plan.DNS = PlanDNS(request, snapshot, plan.Connection)
	return plan
}

// Actions lists the actions of all steps in the order they would be applied:
// rules before routes, since a route first would divert traffic into closed groups.
func (p Plan) Actions() []Action {
	actions := append([]Action{}, p.Connection.Actions...)
	actions = append(actions, p.acceptAfterCreate()...)
	actions = append(actions, p.Connection.Tagging...)
	for _, role := range Roles() {
		actions = append(actions, p.Rules.At(role).Actions...)
		actions = append(actions, p.Rules.At(role).Tagging...)
	}
	for _, role := range Roles() {
		actions = append(actions, p.Routes.At(role).Actions...)
	}
	return append(actions, p.DNS.Actions...)
}

// acceptAfterCreate adds what follows a request that is yet to be made.
func (p Plan) acceptAfterCreate() []Action {
	for _, action := range p.Connection.Actions {
		if create, ok := action.(CreateConnection); ok {
			return []Action{AcceptConnection{Side: create.Sides.Accepter}, TagConnection{On: Accepter, Tags: create.Tags}}
		}
	}
	return nil
}

const (
	// mostPlanned bounds the actions that status lists.
	mostPlanned = 200
	// longestLine is how many characters the API takes as one of them.
	longestLine = 512
)

// Status says the plan for status.plan: what blocks it first.
func (p Plan) Status() *v1alpha1.Plan {
	lines := []string{}
	for _, finding := range p.Findings {
		lines = append(lines, "Blocked: "+finding.Message)
	}
	if p.Connection.Progress == verdict.Stalled {
		lines = append(lines, "Blocked: "+p.Connection.Message)
	}
	for _, role := range Roles() {
		for _, conflict := range p.Routes.At(role).Conflicts {
			lines = append(lines, "Blocked: "+conflict.describe(role))
		}
	}
	for _, each := range p.things() {
		lines = append(lines, message.Sentence(each.String()))
	}
	for _, role := range Roles() {
		for _, diversion := range p.Routes.At(role).Diversions(role) {
			lines = append(lines, "Note: "+diversion)
		}
		for _, remark := range slices.Concat(p.Routes.At(role).Unread, p.Routes.At(role).IdleExclusions) {
			lines = append(lines, "Note: "+message.Sentence(remark))
		}
	}
	return &v1alpha1.Plan{Hash: p.Hash(), Actions: bound(lines)}
}

// bound keeps within what status takes: lines, and characters a line.
func bound(lines []string) []string {
	shown := slices.Clone(message.Bounded(lines, mostPlanned))
	for i, line := range shown {
		shown[i] = message.Cut(line, longestLine)
	}
	return shown
}
