package peering

import (
	"cmp"
	"slices"
)

// Where status was lost, and a side's identity or clusters with it, AWS may still tell what there is to remove: by our
// tags, on the side that is reached.

// CompletedByTag are the sides with the VPC filled in that nobody could resolve: the other end of a connection that
// carries our tag.
func CompletedByTag(request Request, snapshot Snapshot) Sides {
	sides := request.Sides
	for _, role := range Roles() {
		if side, known := sides.At(role), *sides.At(role.Other()); side.VPC == "" && known.VPC != "" {
			peer := peerByTag(request, snapshot.At(role.Other()).Connections, known.VPC)
			side.VPC, side.Region, side.Account = peer.VPC, cmp.Or(side.Region, peer.Region), cmp.Or(side.Account, peer.Account)
		}
	}
	return sides
}

// peerByTag is where a connection of ours leads from a VPC; the most advanced state that is not gone comes first.
func peerByTag(request Request, connections []Connection, from string) ConnectionEnd {
	connections = slices.Clone(connections)
	slices.SortStableFunc(connections, func(a, b Connection) int { return compareBool(a.State.Gone(), b.State.Gone()) })
	for _, connection := range connections {
		switch {
		case !request.owns(connection.Tags):
		case connection.Requester.VPC == from:
			return connection.Accepter
		case connection.Accepter.VPC == from:
			return connection.Requester
		}
	}
	return ConnectionEnd{}
}

// MadeSomething reports whether AWS shows anything that carries our tag, alive or gone: something was made, and more
// may be where nobody can look.
func MadeSomething(request Request, snapshot Snapshot) bool {
	return slices.ContainsFunc(Roles(), func(role Role) bool {
		side := snapshot.At(role)
		return slices.ContainsFunc(side.Connections, func(c Connection) bool { return request.owns(c.Tags) }) ||
			slices.ContainsFunc(side.Rules, func(r SecurityGroupRule) bool { return request.owns(r.Tags) })
	})
}
