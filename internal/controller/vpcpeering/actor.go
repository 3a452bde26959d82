package vpcpeering

import (
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// actor is an identity that acts on a side. A side has one, or two where its VPC is shared:
// the second one acts on security groups alone.
type actor struct {
	// Side is as this identity sees it: its account is the identity's.
	peering.Side
	groups bool
}

// groupKinds are what the actor for security groups reads.
const groupKinds = aws.Groups | aws.Rules

func actorsOf(side peering.Side) []actor {
	actors := []actor{{Side: side.OfNetwork()}}
	if side.Shared() {
		actors = append(actors, actor{Side: side.OfGroups(), groups: true})
	}
	return actors
}

// actors are those of both sides.
func actors(sides peering.Sides) []actor {
	return append(actorsOf(sides.Requester), actorsOf(sides.Accepter)...)
}

// kindsOf is what an actor reads of its side.
func (p *reconciliation) kindsOf(a actor) aws.Kind {
	switch {
	case a.groups:
		return groupKinds
	case p.request.Sides.At(a.Role).Shared():
		return everyKind &^ groupKinds
	default:
		return everyKind
	}
}

// actorFor is who reads kinds of one part of a side, or acts on it.
func (p *reconciliation) actorFor(role peering.Role, groups bool) actor {
	side := *p.request.Sides.At(role)
	if groups && side.Shared() {
		return actor{Side: side.OfGroups(), groups: true}
	}
	return actor{Side: side.OfNetwork()}
}

// credentials are those of an actor; they are changed where it is resolved.
func (p *reconciliation) credentials(a actor) *aws.Identity {
	if a.groups {
		return &p.sides.At(a.Role).groupsIdentity
	}
	return &p.sides.At(a.Role).identity
}

// awayOf says why an actor cannot be reached; empty: it can.
func (p *reconciliation) awayOf(a actor) *string {
	if a.groups {
		return p.groupsAway.At(a.Role)
	}
	return p.away.At(a.Role)
}

// loseAway notes that nothing can be read of what those act on who are away.
func (p *reconciliation) loseAway() {
	for _, a := range actors(p.request.Sides) {
		if *p.awayOf(a) != "" {
			p.lose(a.Role, p.kindsOf(a))
		}
	}
}

// reasonsAway say why actors are away.
func (p *reconciliation) reasonsAway() []string {
	return nonEmpty([]string{p.away.Requester, p.groupsAway.Requester, p.away.Accepter, p.groupsAway.Accepter})
}

func (p *reconciliation) readerOf(a actor) *aws.Reader {
	return p.Cloud.Reader(*p.credentials(a), a.Region)
}
