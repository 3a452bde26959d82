package peering

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// longestRefusal is what status takes of what AWS said.
const longestRefusal = 1024

// Refused is what status is to say of a request that came to nothing: AWS shows a
// rejected one for 2 hours to 2 days and then forgets it (docs/facts/aws.md#a-connections-life),
// and a person who said no must not be asked again by the clock. Nil: there is none.
func Refused(request Request, snapshot Snapshot, plan ConnectionPlan) *v1alpha1.RefusedRequest {
	before := request.Refused
	refused := plan.Reason == v1alpha1.ReasonPeeringRejected || plan.Reason == v1alpha1.ReasonPeeringFailed
	switch {
	case refused && before != nil && before.ConnectionID == plan.ID:
		return before
	case refused:
		now := &v1alpha1.RefusedRequest{ConnectionID: plan.ID, Reason: plan.Reason, CIDRBlocks: BlockNames(snapshot)}
		if last := furthest(snapshot, plan.ID); last != nil {
			now.AccountID, now.Message = v1alpha1.AccountID(accepting(request.Sides, *last).Account), message.Cut(last.StatusMessage, longestRefusal)
		}
		return now
	case plan.ID != "" && before != nil && before.ConnectionID != plan.ID:
		return nil // there is another one by now
	default:
		return before
	}
}

// BlocksChanged reports whether the blocks of either VPC are others than those that a
// request failed with.
func BlocksChanged(refused v1alpha1.RefusedRequest, snapshot Snapshot) bool {
	now := BlockNames(snapshot)
	known := len(now) > 0 && len(refused.CIDRBlocks) > 0
	return refused.BlocksChanged || known && !slices.Equal(refused.CIDRBlocks, now)
}

// BlockNames are the blocks of both VPCs that count for overlap; none while a VPC is not seen.
func BlockNames(snapshot Snapshot) []string {
	if snapshot.Requester.VPC == nil || snapshot.Accepter.VPC == nil || anyUnread(snapshot) {
		return nil
	}
	var names []string
	for _, role := range Roles() {
		vpc := snapshot.At(role).VPC
		for _, block := range vpc.occupiedBlocks() {
			names = append(names, vpc.ID+" "+block.String())
		}
	}
	return names
}

// refusal is the request that status says was refused, as far as it is known.
func (r Request) refusal() *Connection {
	if r.Refused == nil {
		return nil
	}
	state := StateFailed
	if r.Refused.Reason == v1alpha1.ReasonPeeringRejected {
		state = StateRejected
	}
	return &Connection{
		ID: r.Refused.ConnectionID, State: state, StatusMessage: r.Refused.Message,
		Accepter: ConnectionEnd{Account: orElse(string(r.Refused.AccountID), r.Sides.Accepter.Account)}, // an older record has no account
	}
}
