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
	roles = slices.DeleteFunc(slices.Clone(roles), func(role peering.Role) bool { return kinds&p.readable(role) == 0 })
	var group sync.WaitGroup
	read := make([]peering.SideSnapshot, len(roles))
	errs := make([]error, len(roles))
	for i, role := range roles {
		query := p.query(role, kinds&p.readable(role), notBefore)
		group.Go(func() {
			side, err := p.reader(role).Side(ctx, query)
			read[i], errs[i] = side, ofSide(role, err)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, role := range roles {
		aws.Merge(p.snapshot.At(role), read[i], kinds&p.readable(role))
	}
	if p.sightless() {
		p.standIn()
	}
	return nil
}

func (p *reconciliation) query(role peering.Role, kinds aws.Kind, notBefore time.Time) aws.Query {
	return aws.Query{
		Owner: p.owner(), VPC: p.request.Sides.At(role).VPC,
		Groups: p.groupsOfInterest(role), Kinds: kinds, NotBefore: notBefore,
	}
}

// observeSubnets reads the subnets of the sides where the route tables alone do
// not tell which of them pods' traffic meets.
func (p *reconciliation) observeSubnets(ctx context.Context, notBefore time.Time) error {
	roles := slices.DeleteFunc(peering.Roles(), func(role peering.Role) bool {
		return !peering.NeedsSubnets(p.request, p.snapshot, role)
	})
	return p.observeSides(ctx, notBefore, aws.Subnets, roles...)
}

func (p *reconciliation) reader(role peering.Role) *aws.Reader {
	return p.Cloud.Reader(p.sides.At(role).identity, p.request.Sides.At(role).Region)
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
