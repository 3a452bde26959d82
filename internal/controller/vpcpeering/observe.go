package vpcpeering

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// observe reads both sides side by side, as far as they can be read, and merges what
// it read into the snapshot.
func (p *reconciliation) observe(ctx context.Context, notBefore time.Time, kinds aws.Kind) error {
	return p.observeSides(ctx, notBefore, kinds, peering.Roles()...)
}

func (p *reconciliation) observeSides(ctx context.Context, notBefore time.Time, kinds aws.Kind, roles ...peering.Role) error {
	var readings []*reading
	for _, role := range roles {
		for _, a := range actorsOf(*p.request.Sides.At(role)) {
			if wanted := kinds & p.readable(role) & p.kindsOf(a); wanted != 0 {
				readings = append(readings, &reading{actor: a, kinds: wanted})
			}
		}
	}
	p.readAll(ctx, notBefore, readings)
	if err := errorOf(readings); err != nil {
		return err
	}
	for _, r := range readings {
		aws.Merge(p.snapshot.At(r.Role), r.side, r.kinds)
	}
	if p.sightless() {
		p.standIn()
	}
	return nil
}

// reading is what one actor is to read, and what came of it.
type reading struct {
	actor
	kinds aws.Kind
	side  peering.SideSnapshot
	err   error
}

func errorOf(readings []*reading) error {
	errs := make([]error, 0, len(readings))
	for _, r := range readings {
		errs = append(errs, r.err)
	}
	return errors.Join(errs...)
}

// readAll reads side by side.
func (p *reconciliation) readAll(ctx context.Context, notBefore time.Time, readings []*reading) {
	var group sync.WaitGroup
	for _, r := range readings {
		query := p.query(r.Role, r.kinds, notBefore)
		group.Go(func() {
			side, err := p.readSide(ctx, r.actor, query)
			r.side, r.err = side, ofActor(r.actor, err)
		})
	}
	group.Wait()
}

// freshEnough is how old an observation may be that something is made on. While nothing of a kind was made, AWS refuses what
// came in between; from then on it may be there already. What AWS does not refuse, to replace or to remove, rests on a read of
// this reconciliation in any case (A4, A5).
func (p *reconciliation) freshEnough(made bool) time.Time {
	if made {
		return p.start
	}
	return p.start.Add(-recent)
}

func (p *reconciliation) hasRoutes() bool {
	made := p.object.Status.Inventory
	return made == nil || len(made.Requester.Routes)+len(made.Accepter.Routes) > 0
}

func (p *reconciliation) hasRules() bool {
	made := p.object.Status.Inventory
	return made == nil || len(made.Requester.SecurityGroupRules)+len(made.Accepter.SecurityGroupRules) > 0
}

func (p *reconciliation) query(role peering.Role, kinds aws.Kind, notBefore time.Time) aws.Query {
	return aws.Query{
		Owner: p.owner(), VPC: p.request.Sides.At(role).VPC,
		Groups: p.groupsOfInterest(role), Strays: peering.StrayGroups(p.request, p.snapshot, role), Connection: p.request.ConnectionID, Kinds: kinds, NotBefore: notBefore,
	}
}

// observeDetails reads of kinds what the first answers of a side do not tell and its clusters need.
func (p *reconciliation) observeDetails(ctx context.Context, notBefore time.Time, kinds aws.Kind) error {
	var errs []error
	for _, role := range peering.Roles() {
		if kinds := kinds & p.details(role); kinds != 0 {
			errs = append(errs, p.observeSides(ctx, notBefore, kinds, role))
		}
	}
	return errors.Join(errs...)
}

// details are the subnets, where the route tables alone do not tell which of them pods' traffic meets, and groups
// that are not listed for the VPC.
func (p *reconciliation) details(role peering.Role) aws.Kind {
	var kinds aws.Kind
	if peering.NeedsSubnets(p.request, p.snapshot, role) {
		kinds |= aws.Subnets
	}
	if len(peering.StrayGroups(p.request, p.snapshot, role)) > 0 {
		kinds |= aws.StrayGroups
	}
	return kinds
}

// reader reads the network of a side.
func (p *reconciliation) reader(role peering.Role) (*aws.Reader, error) {
	return p.readerOf(p.actorFor(role, false))
}

// groupsOfInterest are the groups whose rules may matter. Before the groups
// themselves were read it names every candidate, so that both reads go out at once.
// Those on pods' interfaces are among them also where others are selected: the
// path leads through them.
func (p *reconciliation) groupsOfInterest(role peering.Role) []string {
	groups := slices.Clone(sideSpec(p.object, role).SecurityGroups.SecurityGroupIDs)
	for _, rule := range p.sideInventory(role).SecurityGroupRules {
		groups = append(groups, rule.SecurityGroupID)
	}
	if all := p.snapshot.At(role).Groups; all != nil {
		selection := peering.SelectGroups(p.request, p.snapshot, role)
		if p.request.Inventory == nil && selection.Incomplete {
			selection.Items = all // neither record nor cluster says where rules of ours are
		}
		for _, group := range selection.Items {
			groups = append(groups, group.ID)
		}
	}
	for _, network := range *p.request.Networks.At(role) {
		if network == nil {
			continue
		}
		for _, set := range network.InterfaceGroups {
			groups = append(groups, set.SecurityGroupIDs...)
		}
	}
	return unique(groups)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *reconciliation) sideInventory(role peering.Role) v1alpha1.SideInventory {
	if p.object.Status.Inventory == nil {
		return v1alpha1.SideInventory{}
	}
	return *p.editInventory(role)
}

// editInventory gives the inventory of one side to be changed.
func (p *reconciliation) editInventory(role peering.Role) *v1alpha1.SideInventory {
	if p.object.Status.Inventory == nil {
		p.object.Status.Inventory = &v1alpha1.Inventory{}
	}
	return peering.Pick(role, &p.object.Status.Inventory.Requester, &p.object.Status.Inventory.Accepter)
}
