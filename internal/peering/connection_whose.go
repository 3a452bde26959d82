package peering

import (
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// whoseIsUnknown waits while nobody can know yet who owns the connection.
func whoseIsUnknown(request Request, snapshot Snapshot, found Found) (ConnectionPlan, bool) {
	connection := *found.Connection
	asking := requesting(request.Sides, connection)
	switch {
	case !found.Ours && snapshot.At(asking.Role).connection(connection.ID) == nil:
		return unseenByAsking(connection, asking), true
	case request.takesForOurs(snapshot, found):
		return ConnectionPlan{}, false
	case request.undecided(snapshot, connection.ID):
		return ConnectionPlan{ID: request.ConnectionID, Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
			"Waiting for AWS to show the tags of %s, which say who owns it.", connection.ID)}, true
	case untold(request.Sides, snapshot, connection) && request.Spec.AdoptionPolicy != v1alpha1.AdoptUseExisting:
		return ConnectionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
			"Waiting for %s to be read by the %s, whose view of it has the tags that say who owns it.", connection.ID, asking.Role)}, true
	default:
		return ConnectionPlan{}, false
	}
}

// takesForOurs: our tag or spec.adopt says so, or, where the tags cannot be read, status does.
func (r Request) takesForOurs(snapshot Snapshot, found Found) bool {
	id := found.Connection.ID
	return found.Ours || r.adopts(id) || r.ConnectionMade && r.ConnectionID == id && untold(r.Sides, snapshot, *found.Connection)
}

// unseenByAsking: the tags are on the view of the side that requested. Until that view
// shows the connection, nobody can know who owns it.
func unseenByAsking(connection Connection, asking Side) ConnectionPlan {
	return ConnectionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
		"Waiting for %s to become visible to the %s, which requested it.", connection.ID, asking)}
}

// untold holds while nobody can know from AWS whose a connection is: the side that requested it cannot be read, its
// view is that of the other side, and there our tags are optional (docs/facts/aws.md#one-connection-for-a-pair).
func untold(sides Sides, snapshot Snapshot, connection Connection) bool {
	return snapshot.At(requesting(sides, connection).Role).Unread.Connections && connection.Tags[v1alpha1.TagOwner] == ""
}

func foreign(request Request, connection Connection) ConnectionPlan {
	return ConnectionPlan{Verdict: verdict.Newf(verdict.Stalled, v1alpha1.ReasonForeignPeering,
		"Connection %s already joins %s and %s, and crossvpc did not make it for this object (owner tag: %s). Set adoptionPolicy: UseExisting to use it, name it in spec.adopt.connectionID to make it crossvpc's own, or delete it.",
		connection.ID, request.Sides.Requester.VPC, request.Sides.Accepter.VPC, request.ownerTag(connection))}
}

// ownerTag names another owner only within our own namespace: what VPCPeerings
// other namespaces have is theirs to know.
func (r Request) ownerTag(connection Connection) string {
	owner := connection.Tags[v1alpha1.TagOwner]
	namespace := r.Owner[:strings.LastIndex(r.Owner, "/")+1]
	switch {
	case owner == "":
		return "none"
	case strings.HasPrefix(owner, namespace):
		return owner
	default:
		return "that of another namespace or installation"
	}
}
