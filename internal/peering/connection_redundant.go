package peering

import (
	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

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
