package peering

import (
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// ConnectionPlan is what to do about the connection.
type ConnectionPlan struct {
	verdict.Verdict
	// ID of the live connection; empty: none yet.
	ID string
	// Adopted is true when somebody else made it.
	Adopted bool
	// Stripped is true for a connection that was ours until somebody took our owner tag off.
	Stripped bool
	// Live is true when it is seen active by every side that could be looked at.
	Live bool
	// Actions in order.
	Actions []Action
	// Tagging blocks nothing: EC2 keeps tags for each side apart, and
	// the second side's can be set only once it sees the connection.
	Tagging []Action
}

// PlanConnection decides about the connection.
func PlanConnection(request Request, snapshot Snapshot) ConnectionPlan {
	plan := planConnection(request, snapshot)
	plan.Live = plan.Progress == verdict.Done
	if snapshot.Requester.Unread.Connections || snapshot.Accepter.Unread.Connections {
		return plan.unclear(snapshot)
	}
	return plan
}

func planConnection(request Request, snapshot Snapshot) ConnectionPlan {
	found := FindConnection(request, snapshot)
	if found.Connection == nil {
		return planMissing(request, snapshot, found)
	}
	if len(found.Redundant) > 0 {
		return withdrawRedundant(request, found)
	}
	connection := *found.Connection
	if plan, unknown := whoseIsUnknown(request, snapshot, found); unknown {
		return plan
	}
	ours := request.takesForOurs(snapshot, found)
	if !ours && request.Spec.AdoptionPolicy != v1alpha1.AdoptUseExisting {
		plan := foreign(request, connection)
		plan.Stripped = request.stripped(snapshot, connection.ID)
		return plan
	}
	plan := planLive(request, snapshot, connection)
	plan.ID, plan.Adopted = connection.ID, !ours
	if found.Ours {
		plan.Tagging = planTags(request, snapshot, connection)
	}
	return plan
}

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

func withdrawRedundant(request Request, found Found) ConnectionPlan {
	plan := ConnectionPlan{Verdict: verdict.Newf(verdict.Act, v1alpha1.ReasonProgressing,
		"Connection %s already joins the pair. Withdrawing the redundant request.", found.Connection.ID)}
	for _, id := range found.Redundant {
		plan.Actions = append(plan.Actions, DeleteConnection{On: request.redundantSide(found), ID: id})
	}
	return plan
}

// redundantSide is the side that made the redundant request: only it may
// withdraw one that is pending. The live connection has the other orientation,
// since EC2 answers a request of the same orientation with the existing id
// (docs/facts/aws.md#one-connection-for-a-pair).
func (r Request) redundantSide(found Found) Role {
	return accepting(r.Sides, *found.Connection).Role
}

// planMissing decides when no live connection is seen.
func planMissing(request Request, snapshot Snapshot, found Found) ConnectionPlan {
	if id := deleting(request, snapshot); id != "" {
		return ConnectionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting until connection %s is deleted, to request a new one.", id)}
	}
	if last := request.refusal(); found.Last == nil && last != nil && !request.RetryTerminal {
		judged, _ := terminal(*last)
		return ConnectionPlan{ID: last.ID, Verdict: judged}
	}
	if found.Last == nil && request.ConnectionID != "" && request.RequestedLately {
		return ConnectionPlan{ID: request.ConnectionID, Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
			"Waiting for connection %s to become visible to the requester %s.", request.ConnectionID, request.Sides.Requester.VPC)}
	}
	if found.Last != nil && !request.RetryTerminal {
		if judged, stalled := terminal(*found.Last); stalled {
			return ConnectionPlan{ID: found.Last.ID, Verdict: judged}
		}
	}
	return ConnectionPlan{
		Verdict: verdict.Newf(verdict.Act, v1alpha1.ReasonProgressing, "Requesting a connection from %s to %s.", request.Sides.Requester.VPC, request.Sides.Accepter.VPC),
		Actions: []Action{CreateConnection{Sides: request.Sides, Tags: request.Tags}},
	}
}

// deleting is the connection of the pair that is being deleted; inter-Region
// ones pass through that state. Empty: none.
func deleting(request Request, snapshot Snapshot) string {
	for _, connection := range latest(request.Sides, snapshot) {
		if connection.State == StateDeleting {
			return connection.ID
		}
	}
	return ""
}

// terminal holds for the two states that a repeated request would not change.
func terminal(last Connection) (verdict.Verdict, bool) {
	switch last.State {
	case StateFailed:
		return verdict.Newf(verdict.Stalled, v1alpha1.ReasonPeeringFailed,
			"AWS declared connection %s failed: %s. Check VPC ids, accounts, regions and blocks of both sides, then change the spec or the annotation %s to try again.",
			last.ID, message.Clause(orElse(last.StatusMessage, "no reason given")), v1alpha1.AnnotationReconcile), true
	case StateRejected:
		return verdict.Newf(verdict.Stalled, v1alpha1.ReasonPeeringRejected,
			"Connection %s was rejected in account %s. Once its owner agrees, change the annotation %s to request it again.",
			last.ID, last.Accepter.Account, v1alpha1.AnnotationReconcile), true
	default:
		return verdict.Verdict{}, false
	}
}

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

// planLive decides about a live connection that may be used.
func planLive(request Request, snapshot Snapshot, connection Connection) ConnectionPlan {
	asked := accepting(request.Sides, connection)
	switch connection.State {
	case StateActive:
		return planActive(snapshot, connection)
	case StatePending:
		if !expects(request.Sides, connection) {
			return unexpected(request, connection)
		}
		return ConnectionPlan{
			Verdict: verdict.Newf(verdict.Act, v1alpha1.ReasonProgressing, "Accepting connection %s as %s.", connection.ID, asked),
			Actions: []Action{AcceptConnection{ID: connection.ID, Side: asked}},
		}
	default:
		return ConnectionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for AWS: connection %s is %s.", connection.ID, connection.State)}
	}
}

func unexpected(request Request, connection Connection) ConnectionPlan {
	return ConnectionPlan{Verdict: verdict.Newf(verdict.Stalled, v1alpha1.ReasonUnexpectedPeering,
		"Connection %s was not accepted, because it joins %s (%s, account %s) and %s (%s, account %s) instead of %s and %s. Find out who requested it, then reject it or correct the sides.",
		connection.ID, connection.Requester.VPC, connection.Requester.Region, connection.Requester.Account,
		connection.Accepter.VPC, connection.Accepter.Region, connection.Accepter.Account,
		request.Sides.Requester, request.Sides.Accepter)}
}

// planActive waits until both sides see the connection active: each Region shows
// a change in its own time.
func planActive(snapshot Snapshot, connection Connection) ConnectionPlan {
	for _, role := range Roles() {
		view := snapshot.At(role).connection(connection.ID)
		if view == nil || view.State != StateActive {
			return ConnectionPlan{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for the %s to see connection %s active.", role, connection.ID)}
		}
	}
	return ConnectionPlan{Verdict: verdict.Newf(verdict.Done, v1alpha1.ReasonActive, "Connection %s is active on both sides.", connection.ID)}
}

func containsTags(have, want map[string]string) bool {
	for key, value := range want {
		if got, ok := have[key]; !ok || got != value {
			return false
		}
	}
	return true
}
