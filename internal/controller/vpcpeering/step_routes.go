package vpcpeering

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// route makes both sides' route tables lead to the other's blocks. It runs only
// once both sides' groups are open: a route first would divert traffic that
// another path carries into closed groups.
func (p *reconciliation) route(ctx context.Context) (verdict.Verdict, error) {
	plans := p.planRoutes()
	judged := peering.RoutesVerdict(plans)
	if judged.Progress == verdict.Done && len(routeActions(plans)) == 0 {
		p.recordRoutes(plans)
		return judged, nil
	}
	if err := p.observeRoutes(ctx); err != nil {
		return p.failed("Reading route tables", err), nil
	}
	plans = p.planRoutes()
	if actions := routeActions(plans); len(actions) > 0 {
		if judged, err := p.changeRoutes(ctx, plans, actions); judged != nil || err != nil {
			return orZero(judged), err
		}
		plans = p.planRoutes()
	}
	p.recordRoutes(plans)
	return p.orLookAgain(peering.RoutesVerdict(plans)), nil
}

// observeRoutes reads what routes are changed on. To create one where another came in between is refused; to replace or delete
// one is not.
func (p *reconciliation) observeRoutes(ctx context.Context) error {
	read := func(notBefore time.Time) error {
		return errors.Join(p.observe(ctx, notBefore, aws.RouteTables), p.observeDetails(ctx, notBefore, aws.Subnets))
	}
	if err := read(p.freshEnough(p.hasRoutes())); err != nil {
		return err
	}
	if onlyCreates(routeActions(p.planRoutes())) {
		return nil
	}
	return read(p.start) // shared, where the first read was of this reconciliation already
}

func onlyCreates(actions []peering.Action) bool {
	return !slices.ContainsFunc(actions, func(action peering.Action) bool {
		_, creates := action.(peering.CreateRoute)
		return !creates
	})
}

// changeRoutes writes down what is about to be made and makes it, except what somebody else keeps undoing. What AWS
// answered is taken for what there is; it is read where an answer leaves that open.
func (p *reconciliation) changeRoutes(ctx context.Context, plans peering.Pair[peering.RoutesPlan], actions []peering.Action) (*verdict.Verdict, error) {
	todo := p.withoutFought(v1alpha1.ConditionRoutesReady, actions)
	if actions = todo.free; len(actions) == 0 {
		return new(todo.beside(peering.RoutesVerdict(plans))), nil
	}
	p.announceDiversions(plans)
	p.recordRoutes(plans)
	if err := p.draft.Persist(ctx); err != nil {
		return nil, err
	}
	// From here on there is a record, so what is not in it is not ours.
	p.request.Inventory = p.object.Status.Inventory.DeepCopy()
	outcomes, applied := p.applyAll(ctx, actions)
	p.countRepairs(todo, outcomes, applied)
	p.noteRepair(v1alpha1.ConditionRoutesReady, actions, outcomes)
	var read error
	if applied != nil || removes(actions) || !p.answered(actions, outcomes) {
		read = p.observe(ctx, p.Clock.Now(), aws.RouteTables)
	}
	if err := errors.Join(applied, read); err != nil {
		p.recordRoutes(p.planRoutes())
		return new(todo.beside(p.failed("Changing route tables", err))), nil
	}
	if todo.fought == nil {
		return nil, nil
	}
	plans = p.planRoutes()
	p.recordRoutes(plans)
	return new(todo.beside(peering.RoutesVerdict(plans))), nil
}

func (p *reconciliation) planRoutes() peering.Pair[peering.RoutesPlan] {
	plans := peering.Pair[peering.RoutesPlan]{}
	for _, role := range peering.Roles() {
		*plans.At(role) = peering.PlanRoutes(p.request, p.snapshot, role, p.connection)
	}
	return plans
}

func routeActions(plans peering.Pair[peering.RoutesPlan]) []peering.Action {
	var actions []peering.Action
	for _, role := range peering.Roles() {
		actions = append(actions, plans.At(role).Actions...)
	}
	return actions
}

func (p *reconciliation) recordRoutes(plans peering.Pair[peering.RoutesPlan]) {
	for _, role := range peering.Roles() {
		p.editInventory(role).Routes = plans.At(role).Inventory
	}
}

func (p *reconciliation) announceDiversions(plans peering.Pair[peering.RoutesPlan]) {
	for _, role := range peering.Roles() {
		for _, diversion := range plans.At(role).Diversions(role) {
			p.announcer().Warn(v1alpha1.ReasonProgressing, "Route", diversion)
		}
	}
}
