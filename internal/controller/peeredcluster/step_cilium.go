package peeredcluster

import (
	"context"
	"net/netip"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// decider takes the step that says what must be so.
type decider struct {
	*configuration
	// hub has the VPCPeerings.
	hub client.Reader
	aws awsAccess
}

// decide computes the native routing CIDR that the cluster's peerings need. What
// is written, and when each node may read it, is the rollout's to say.
func (d decider) decide(ctx context.Context, found *findings) error {
	c := d.configuration
	var err error
	if c.peerings, err = peeringsOf(ctx, d.hub, c.Object); err != nil {
		d.unrecalled()
		return err
	}
	recallErr := d.recall(ctx) // before anything that may end this reconciliation: the next one would not ask any more
	c.Object.Status.Peerings = coveredPeerings(c.Object.Status.Peerings, c.peerings, c.Object.Name)
	if done, err := c.followNamespace(ctx, found); done || err != nil {
		return c.orSoon(err)
	}
	input, err := d.input(ctx)
	if err == nil {
		err = recallErr
	}
	if err != nil {
		c.Within(afterUnreachable)
		found.configured.unread = new(awsUnread("Cannot read what the route tables reach, so nothing new is decided", err))
		c.standing()
		return nil
	}
	c.decision = cilium.Decide(input)
	c.reportCilium()
	c.noteNamespace()
	found.configured.decided = judgeDecision(c.decision, c.keptMessage()+c.afterUndo())
	return nil
}

// standing keeps the decision that status has, and starts nothing on it, while AWS
// does not say what a new one needs: what is in progress is finished, and a
// canary that fails is reverted (N5). In a first reconciliation there is none.
func (c *configuration) standing() {
	status := c.ciliumStatus()
	value, err := netip.ParsePrefix(status.DesiredCIDR)
	if err != nil {
		return
	}
	c.decision = cilium.Decision{
		Kind: cilium.KindBlocked, Reason: v1alpha1.ReasonAWSError, CIDR: value, Needed: value, Revision: status.Revision,
		SetByOthers: status.Backend == backend.Manual && c.Object.Spec.Cilium.WriteTo != v1alpha1.WriteManual,
	}
	c.undecided = true
}
