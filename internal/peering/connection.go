package peering

import (
	"cmp"
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// Found is the connection of the pair, as far as it is known.
type Found struct {
	// Connection is the live connection; nil when there is none.
	Connection *Connection
	// Ours is true when one side's view carries our owner tag.
	Ours bool
	// Redundant are further live requests of ours for the same pair. EC2 lets a
	// reversed request be made beside a live connection and refuses it only at
	// Accept (terraform-provider-aws#44315).
	Redundant []string
	// Last is the connection that status names when it is in a terminal state.
	Last *Connection
}

// FindConnection looks the pair up in both views and both orientations, passing
// over what is gone.
func FindConnection(request Request, snapshot Snapshot) Found {
	var found Found
	live := liveOfPair(request, snapshot)
	for _, connection := range live {
		if found.Connection == nil {
			found.Connection = &connection
			found.Ours = request.ownsConnection(snapshot, connection.ID)
			continue
		}
		if request.ownsConnection(snapshot, connection.ID) && connection.State == StatePending {
			found.Redundant = append(found.Redundant, connection.ID)
		}
	}
	found.Last = terminalByID(request, snapshot)
	return found
}

// liveOfPair returns the live connections of the pair, each once. The most
// advanced comes first: an active one is the connection, whoever made it. Of two
// requests ours is.
func liveOfPair(request Request, snapshot Snapshot) []Connection {
	live := slices.DeleteFunc(latest(request.Sides, snapshot), func(c Connection) bool {
		return c.State.Gone() || c.State == StateDeleting
	})
	slices.SortFunc(live, func(a, b Connection) int {
		return cmp.Or(
			advance(b.State)-advance(a.State),
			compareBool(request.ownsConnection(snapshot, b.ID), request.ownsConnection(snapshot, a.ID)),
			cmp.Compare(a.ID, b.ID),
		)
	})
	return live
}

// latest returns each connection of the pair in its most advanced view: states only go
// forward, and a Region may show an older one than the other does.
func latest(sides Sides, snapshot Snapshot) []Connection {
	latest := map[string]Connection{}
	for _, role := range Roles() {
		for _, connection := range snapshot.At(role).Connections {
			if !joinedBy(sides, connection) {
				continue
			}
			if known, ok := latest[connection.ID]; !ok || advance(known.State) < advance(connection.State) {
				latest[connection.ID] = connection
			}
		}
	}
	return slices.Collect(maps.Values(latest))
}

// furthest returns a connection in its most advanced view; nil when nobody sees it.
func furthest(snapshot Snapshot, id string) *Connection {
	var found *Connection
	for _, role := range Roles() {
		if seen := snapshot.At(role).connection(id); seen != nil && (found == nil || advance(found.State) < advance(seen.State)) {
			found = new(*seen)
		}
	}
	return found
}

// forward are the states that a connection goes through, until it is gone.
var forward = []ConnectionState{StatePending, StateProvisioning, StateActive, StateDeleting}

// advance is how far a state is on the way; one that nobody knows comes before all.
func advance(state ConnectionState) int {
	if state.Gone() {
		return len(forward)
	}
	return slices.Index(forward, state)
}

// joinedBy reports whether the connection is between the two VPCs, whichever asked.
func joinedBy(sides Sides, connection Connection) bool {
	from, to := connection.Requester.VPC, connection.Accepter.VPC
	return from == sides.Requester.VPC && to == sides.Accepter.VPC || from == sides.Accepter.VPC && to == sides.Requester.VPC
}

// expects reports whether both ends are exactly the two sides: VPC, account and
// region. AWS warns of accepting requests blindly (VPC Peering Guide, "Accept a
// VPC peering connection").
func expects(sides Sides, connection Connection) bool {
	return endIs(connection.Requester, requesting(sides, connection)) && endIs(connection.Accepter, accepting(sides, connection))
}

// requesting is the side that requested the connection.
func requesting(sides Sides, connection Connection) Side {
	return Pick(requestedBy(sides, connection), sides.Requester, sides.Accepter)
}

// accepting is the side that has to accept the connection.
func accepting(sides Sides, connection Connection) Side {
	return Pick(requestedBy(sides, connection).Other(), sides.Requester, sides.Accepter)
}

// requestedBy tells a connection that somebody requested the other way round.
func requestedBy(sides Sides, connection Connection) Role {
	if connection.Requester.VPC == sides.Accepter.VPC {
		return Accepter
	}
	return Requester
}

func endIs(end ConnectionEnd, side Side) bool {
	return end.VPC == side.VPC && end.Account == side.Account && end.Region == side.Region
}

func (r Request) ownsConnection(snapshot Snapshot, id string) bool {
	for _, role := range Roles() {
		if view := snapshot.At(role).connection(id); view != nil && r.owns(view.Tags) {
			return true
		}
	}
	return false
}

// undecided holds while EC2 may not show yet whose a connection is: we asked for
// one lately, and no view of this one shows any tag.
func (r Request) undecided(snapshot Snapshot, id string) bool {
	asked := r.ConnectionID == id && r.RequestedLately || r.ConnectionID == "" && r.RequestUnderWay
	if r.Adopted || !asked {
		return false
	}
	return !slices.ContainsFunc(Roles(), func(role Role) bool {
		view := snapshot.At(role).connection(id)
		return view != nil && len(view.Tags) > 0
	})
}

// stripped holds for a connection that was ours and carries no owner tag any more: that
// of status, or one that still has our installation's tag.
func (r Request) stripped(snapshot Snapshot, id string) bool {
	installation, ours := r.Tags[v1alpha1.TagManagedBy], r.ConnectionMade && r.ConnectionID == id && !r.RequestedLately
	for _, role := range Roles() {
		view := snapshot.At(role).connection(id)
		if view == nil {
			continue
		}
		if view.Tags[v1alpha1.TagOwner] != "" {
			return false
		}
		ours = ours || installation != "" && view.Tags[v1alpha1.TagManagedBy] == installation
	}
	return ours
}

func terminalByID(request Request, snapshot Snapshot) *Connection {
	if last := furthest(snapshot, request.ConnectionID); last != nil && last.State.Gone() {
		return last
	}
	return nil
}

// Sees reports whether a side shows a connection, in whatever state.
func Sees(snapshot Snapshot, role Role, id string) bool {
	return snapshot.At(role).connection(id) != nil
}

// connection returns this side's view of a connection; nil when it is not seen.
func (s SideSnapshot) connection(id string) *Connection {
	index := slices.IndexFunc(s.Connections, func(c Connection) bool { return c.ID == id })
	if index < 0 {
		return nil
	}
	return &s.Connections[index]
}
