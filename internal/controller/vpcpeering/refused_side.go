package vpcpeering

import (
	"context"

	corev1 "k8s.io/api/core/v1"

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
	p.loseAway()
	p.standIn()
	p.goOn = keepUp && !p.object.Spec.OnlyPlans()
	return *lost.why, nil
}
