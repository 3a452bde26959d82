package peeredcluster

import (
	"context"
	"errors"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Look is a PeeredCluster whose cluster was read and to which nothing is written. What its status would say of the place
// and the network is in the object.
type Look struct {
	reconciler *Reconciler
	*configuration
	// Remarks are what could not be confirmed, a sentence each.
	Remarks []string
}

// Look reads a cluster by the same steps as a reconciliation, up to where something would be decided. Why it could not be
// read, the error says in the words of a condition.
func (r *Reconciler) Look(ctx context.Context, object *v1alpha1.PeeredCluster) (*Look, error) {
	var found findings
	reacher := r.reacher()
	reacher.readOnly = true
	c, err := reacher.reach(ctx, r.subject(object), &found)
	if err != nil {
		return nil, err
	}
	if !found.reached() {
		return nil, errors.New(found.reachable.Message)
	}
	if err := c.observeServices(ctx, &found); err != nil {
		return nil, err
	}
	look := &Look{reconciler: r, configuration: c}
	if err := (networkProver{configuration: c, prover: r.prover()}).prove(ctx, &found); err != nil {
		return nil, err
	}
	if found.network != nil && !found.network.Progress.Fulfilled() {
		look.Remarks = append(look.Remarks, found.network.Message)
	}
	return look, nil
}

// Remark is what is to be known of what was decided, whatever comes of it; empty: nothing.
func (l *Look) Remark() string { return strings.TrimSpace(l.decision.Remarks) }

// Preview decides on what the VPCPeerings of the hub need, and plans for the nodes, and leaves both at that. The preview is
// nil where no node is renewed; the verdict is CiliumConfigured's.
func (l *Look) Preview(ctx context.Context) (*v1alpha1.RolloutPreview, verdict.Verdict, error) {
	c, hub := l.configuration, l.reconciler.Client
	var err error
	if c.peerings, err = peeringsOf(ctx, hub, c.Object); err != nil {
		return nil, verdict.Verdict{}, err
	}
	c.Object.Status.Peerings = coveredPeerings(c.Object.Status.Peerings, c.peerings, c.Object.Name)
	input, err := decider{configuration: c, hub: hub, aws: l.reconciler.awsAccess()}.input(ctx)
	if err != nil {
		return nil, awsUnread("Cannot read what the route tables reach, so the routing value cannot be decided on", err), nil
	}
	c.decision = cilium.Decide(input)
	c.reportCilium()
	judged := verdict.New(verdict.Done, v1alpha1.ReasonProgressing, c.decision.Message)
	if blocked := judgeDecision(c.decision, c.keptMessage()); blocked != nil {
		judged = *blocked
	}
	if c.decision.Reason == cilium.ReasonCiliumNotFound || c.keeps() {
		return nil, judged, nil
	}
	c.noteObserved()
	n := &nodeRollout{configuration: c, aws: l.reconciler.awsAccess(), prover: l.reconciler.prover(), mayStart: startNodes}
	planned, err := n.planOnce(ctx, "")
	if unread, ok := errors.AsType[*instancesUnread](err); ok {
		return nil, awsUnread("Cannot read the EC2 instances behind the nodes, so no node can be planned for", unread.cause), nil
	}
	if err != nil {
		return nil, verdict.Verdict{}, err
	}
	n.reportPlan(planned.input, planned.decision)
	return n.rolloutStatus().Preview, judged, nil
}
