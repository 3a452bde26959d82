package vpcpeering

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// everyKind is all that is read of a side.
const everyKind = aws.AllKinds | aws.Subnets | aws.StrayGroups

// parts are what may be readable, or not, by itself.
var parts = []struct {
	kinds  aws.Kind
	unread func(*peering.Unread) *bool
}{
	{aws.VPCs, func(u *peering.Unread) *bool { return &u.VPC }},
	{aws.Connections, func(u *peering.Unread) *bool { return &u.Connections }},
	{aws.RouteTables | aws.Subnets, func(u *peering.Unread) *bool { return &u.RouteTables }},
	{aws.StrayGroups, func(u *peering.Unread) *bool { return &u.StrayGroups }},
	{aws.Groups | aws.Rules, func(u *peering.Unread) *bool { return &u.Groups }},
}

// lose notes that kinds of a side cannot be read in this reconciliation.
func (p *reconciliation) lose(role peering.Role, kinds aws.Kind) {
	for _, part := range parts {
		if part.kinds&kinds != 0 {
			*part.unread(&p.snapshot.At(role).Unread) = true
		}
	}
}

// readable are the kinds of a side that can be read.
func (p *reconciliation) readable(role peering.Role) aws.Kind {
	kinds := everyKind
	for _, part := range parts {
		if *part.unread(&p.snapshot.At(role).Unread) {
			kinds &^= part.kinds
		}
	}
	return kinds
}

// sightless reports whether anything of either side cannot be read.
func (p *reconciliation) sightless() bool {
	return p.snapshot.Requester.Unread.Any() || p.snapshot.Accepter.Unread.Any()
}

// joined reports whether something was made before: from then on what works on one
// side does not wait for the other. Before the first write everything that is wrong
// blocks everything.
func (p *reconciliation) joined() bool {
	before := p.draft.Before.Status
	if before.PeeringConnectionID == "" || before.Requester == nil || before.Accepter == nil {
		return false
	}
	routes, rules := wasMade(before, v1alpha1.ConditionRoutesReady), wasMade(before, v1alpha1.ConditionSecurityGroupsReady)
	for _, role := range peering.Roles() {
		made := p.sideInventory(role)
		for _, entry := range made.Routes {
			if routes || entry.State == v1alpha1.InventoryCreated {
				return true
			}
		}
		for _, rule := range made.SecurityGroupRules {
			if rules || rule.State == v1alpha1.InventoryCreated || rule.RuleID != "" { // AWS gave it that id
				return true
			}
		}
	}
	return false
}

// wasMade reports whether AWS answered each thing of a step that is on record and that no read has shown yet. Where a side
// could not be read since, nothing was added.
func wasMade(before v1alpha1.VPCPeeringStatus, condition string) bool {
	found := meta.FindStatusCondition(before.Conditions, condition)
	return found != nil && (found.Status == metav1.ConditionTrue || found.Reason == v1alpha1.ReasonSideUnread)
}

// half continues with what can be looked at, after a read failed; what was joined
// before is kept up on the side, or in the part, that answers.
func (p *reconciliation) half(ctx context.Context, failed verdict.Verdict) verdict.Verdict {
	if !p.joined() {
		return failed
	}
	p.observeParts(ctx, p.notBefore(), func(peering.Role) aws.Kind { return aws.AllKinds })
	p.recallConnection()
	p.goOn = p.snapshot.Requester.VPC != nil && p.snapshot.Accepter.VPC != nil
	return failed
}

// standIn has what the other side shows stand in for what cannot be read.
func (p *reconciliation) standIn() { p.snapshot = peering.StandIn(p.request, p.snapshot) }

// observeParts reads each part of each side by itself, and notes those that cannot be
// read. What an earlier read of this sweep found costs no call.
func (p *reconciliation) observeParts(ctx context.Context, notBefore time.Time, needed func(peering.Role) aws.Kind) []error {
	var readings []*reading
	for _, role := range peering.Roles() {
		for _, part := range parts {
			if kinds := part.kinds & needed(role) & p.readable(role); kinds != 0 {
				readings = append(readings, &reading{actor: p.actorFor(role, kinds&groupKinds != 0), kinds: kinds})
			}
		}
	}
	p.readAll(ctx, notBefore, readings)
	var errs []error
	for _, r := range readings {
		if r.err != nil {
			errs = append(errs, r.err)
			p.lose(r.Role, r.kinds)
			continue
		}
		aws.Merge(p.snapshot.At(r.Role), r.side, r.kinds)
	}
	return append(errs, p.observeDetailParts(ctx, notBefore)...)
}

// observeDetailParts: without its subnets nobody can say which tables a side's clusters use, nor without a stray
// group who may open it.
func (p *reconciliation) observeDetailParts(ctx context.Context, notBefore time.Time) []error {
	var errs []error
	for _, role := range peering.Roles() {
		for _, kind := range []aws.Kind{aws.Subnets, aws.StrayGroups} {
			if p.details(role)&p.readable(role)&kind == 0 {
				continue
			}
			if err := p.observeSides(ctx, notBefore, kind, role); err != nil {
				errs = append(errs, err)
				p.lose(role, kind)
			}
		}
	}
	return errs
}
