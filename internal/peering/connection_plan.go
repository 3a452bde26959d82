package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
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
