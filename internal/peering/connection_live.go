package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

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
