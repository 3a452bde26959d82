package vpcpeering

import (
	"cmp"
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// refusedSide is a side that was not resolved, as status has it, and why.
type refusedSide struct {
	peering.Side
	why refusal
}

// askedBefore reports whether a connection was requested for sides that are pinned: from then on both are looked at, each
// by itself.
func (p *reconciliation) askedBefore() bool {
	_, pinned := pinnedSides(p.object)
	return pinned && p.object.Status.PeeringConnectionID != ""
}

// isDeleted: what can be removed on one side does not wait for the other one, either.
func (p *reconciliation) isDeleted() bool { return !p.object.DeletionTimestamp.IsZero() }

// asFarAsKnown is a side that was not resolved: as status has it, or, where status was lost, as the spec and the clusters
// at hand do. Nobody acts on it, but it says which connection is that of the pair.
func (p *reconciliation) asFarAsKnown(ctx context.Context, role peering.Role) (peering.Side, error) {
	if pinned := sideStatus(p.object, role); pinned != nil && pinned.VPCID != "" {
		return pinnedSide(p.object, role), nil
	}
	spec, clusters := sideSpec(p.object, role), p.sides.At(role).clusters
	side := peering.Side{
		Role: role, Region: string(spec.Region), VPC: string(spec.VPCID),
		Identity: object.SideIdentity(spec, clusters), GroupsIdentity: object.GroupsIdentity(spec, clusters),
	}
	for _, cluster := range clusters {
		region, vpc := clusterPlace(cluster)
		side.Region, side.VPC = cmp.Or(side.Region, string(region)), cmp.Or(side.VPC, string(vpc))
	}
	identity, gone, err := p.awsIdentities().Find(ctx, side.Identity, string(role))
	if err == nil && gone == nil {
		side.Account = string(identity.Status.AccountID)
	}
	return side, err
}

// withoutSides continues without what was refused: nothing is read or done there. Where a side is only away, what was
// joined before is kept up on the other one; else that one is no more than looked at.
func (p *reconciliation) withoutSides(ctx context.Context, sides peering.Sides, refused []refusedSide, namespace *corev1.Namespace) (verdict.Verdict, error) {
	lost := refused[0]
	keepUp := len(refused) == 1 && *p.away.At(lost.Role)+*p.groupsAway.At(lost.Role) != "" && p.joined()
	if keepUp {
		if why, err := p.keepGroups(ctx, lost.Side, namespace); why != nil || err != nil {
			return orZero(why), err
		}
	}
	p.request = p.newRequest(sides)
	why := lost.why
	if p.isDeleted() {
		p.sayWhyAway(refused)
		why = mostHopeful(refused)
	}
	p.loseAway()
	p.standIn()
	p.goOn = keepUp && !p.object.Spec.OnlyPlans()
	return *why, nil
}

// mostHopeful is why a side was refused that may be resolved by itself, if there is one: a deletion waits for it.
func mostHopeful(refused []refusedSide) refusal {
	for _, side := range refused {
		if side.why.Progress == verdict.Wait {
			return side.why
		}
	}
	return refused[0].why
}

// sayWhyAway has a deletion name what it cannot reach.
func (p *reconciliation) sayWhyAway(refused []refusedSide) {
	for _, side := range refused {
		for _, a := range actorsOf(side.Side) {
			if !p.resolved(a) {
				*p.awayOf(a) = message.Sentence(side.why.Message)
			}
		}
	}
}
