package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

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
