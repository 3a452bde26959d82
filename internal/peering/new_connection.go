package peering

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// HoldNew leaves out of a plan what makes a new connection while preflight finds something that stands against one. What was
// made before is kept up in spite of findings, and a connection that somebody deleted would be made again with it: AWS would
// fail it, or drop its traffic, as with a new VPCPeering.
func HoldNew(request Request, snapshot Snapshot, plan ConnectionPlan) ConnectionPlan {
	if !slices.ContainsFunc(plan.Actions, makesConnection) {
		return plan
	}
	if held, why := againstNew(request, snapshot); held {
		plan.Actions, plan.Verdict = nil, why
		plan.Message = "No connection is made now. " + plan.Message
	}
	return plan
}

func makesConnection(action Action) bool {
	switch action.(type) {
	case CreateConnection, AcceptConnection:
		return true
	default:
		return false
	}
}

// againstNew is what stands against a new connection of the two VPCs.
func againstNew(request Request, snapshot Snapshot) (bool, verdict.Verdict) {
	if findings := append(checkOverlap(snapshot), checkEncryption(request, snapshot)...); len(findings) > 0 {
		return true, FindingsVerdict(findings)
	}
	if awaited, waits := Awaited(request, snapshot); waits {
		return true, awaited
	}
	if unread := unreadVPCs(snapshot); unread != "" {
		return true, verdict.Newf(verdict.Unclear, v1alpha1.ReasonSideUnread, "The VPC of %s could not be read, and nobody can say whether AWS lets it be peered.", unread)
	}
	return false, verdict.Verdict{}
}

// unreadVPCs are the sides whose VPC could not be read: "the accepter".
func unreadVPCs(snapshot Snapshot) string {
	return unreadSides(Pair[bool]{Requester: snapshot.Requester.Unread.VPC, Accepter: snapshot.Accepter.Unread.VPC})
}
