package peeredcluster

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// reportPlan writes how nodes are renewed, and what is left to do. With OnDelete
// nothing is done to nodes; what waits for approval is shown anyway.
func (n *nodeRollout) reportPlan(input rollout.Input, decision rollout.Decision) {
	status := n.rolloutStatus()
	status.Strategy, status.Message, status.Preview = n.choice.Strategy, n.choice.Message, nil
	preview := decision.Preview
	if preview == nil || input.Policy.OnDelete {
		preview = &rollout.Preview{}
	}
	if preview.NodeCount == 0 && decision.State != rollout.StateAwaitingApproval {
		return
	}
	value, _ := n.target()
	status.Preview = &v1alpha1.RolloutPreview{
		Revision:          input.Target,
		ApprovalNeeded:    input.Policy.Manual && input.Policy.Approved != input.Target,
		NativeRoutingCIDR: text(value),
		CollateralCIDRs:   n.ciliumStatus().CollateralCIDRs,
		Nodes:             preview.Nodes,
		NodeCount:         int32(preview.NodeCount),
		WaitsFor:          n.order[:min(len(n.order), mostWaitedFor)],
		ExpectedMinutes:   int32((preview.Expected + time.Minute - 1) / time.Minute),
	}
	for _, sentence := range preview.Blockers {
		status.Preview.Blockers = append(status.Preview.Blockers, message.Cut(sentence, longestBlocker))
	}
}

// mostWaitedFor is what the API allows.
const mostWaitedFor = 20

// longestBlocker is what the API allows for one.
const longestBlocker = 512
