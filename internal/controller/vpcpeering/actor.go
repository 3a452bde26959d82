package vpcpeering

import (
	"context"
	"fmt"

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

// resolved reports whether the credentials at hand are those of the actor's own identity. Without a name they
// would be the operator's own, which may do more than any AWSIdentity, or see nothing where something is.
func (p *reconciliation) resolved(a actor) bool {
	return a.Identity != "" && p.credentials(a).Name == a.Identity
}

// acting gives the credentials of an actor that was resolved; nobody reads or writes with any others.
func (p *reconciliation) acting(a actor) (aws.Identity, error) {
	if !p.resolved(a) {
		return aws.Identity{}, fmt.Errorf("AWSIdentity %q of the %s is not resolved in this reconciliation", a.Identity, a.Role)
	}
	return *p.credentials(a), nil
}

// loseAway notes that nothing can be read of what those act on who are away, or were not resolved.
func (p *reconciliation) loseAway() {
	for _, a := range actors(p.request.Sides) {
		if *p.awayOf(a) != "" || !p.resolved(a) {
			p.lose(a.Role, p.kindsOf(a))
		}
	}
}

// reasonsAway say why actors are away.
func (p *reconciliation) reasonsAway() []string {
	return nonEmpty([]string{p.away.Requester, p.groupsAway.Requester, p.away.Accepter, p.groupsAway.Accepter})
}

func (p *reconciliation) readerOf(a actor) (*aws.Reader, error) {
	identity, err := p.acting(a)
	if err != nil {
		return nil, err
	}
	return p.Cloud.Reader(identity, a.Region), nil
}

// readSide reads of a side what one actor sees of it.
func (p *reconciliation) readSide(ctx context.Context, a actor, query aws.Query) (peering.SideSnapshot, error) {
	reader, err := p.readerOf(a)
	if err != nil {
		return peering.SideSnapshot{}, err
	}
	return reader.Side(ctx, query)
}
