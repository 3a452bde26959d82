package rollout

import (
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
)

// closedGate returns the first gate that is closed, nil when nodes may be started on.
func (p *planner) closedGate() *gate {
	for _, closed := range []func() *gate{
		p.noTarget, p.stopped, p.evidenceLost, p.canaryFailed, p.deadlineExceeded, p.delegateStuck, p.insufficient, p.unholdable,
		p.awaitingApproval, p.paused, p.settling, p.onDelete,
	} {
		if g := closed(); g != nil {
			return g
		}
	}
	return nil
}

func (p *planner) noTarget() *gate {
	if p.in.Target != "" {
		return nil
	}
	return &gate{StateFinishing, "No routing change is wanted any more. Nodes in progress are finished, and no new node is started."}
}

func (p *planner) evidenceLost() *gate {
	if p.in.EvidenceLost == "" {
		return nil
	}
	return &gate{StateEvidenceLost, fmt.Sprintf("Cannot determine which routing value the nodes run; no node is changed. Cause: %s. Replace each such node, or drain it, delete its agent's pod and uncordon it: a new agent reads the value in force.", p.in.EvidenceLost)}
}

func (p *planner) canaryFailed() *gate {
	for _, n := range p.nodes {
		if r := n.Record; r != nil && r.Canary && r.Failed != "" && r.Revision == p.in.Target {
			return &gate{StateCanaryFailed, fmt.Sprintf("Canary node %s failed: %s. The value was reverted there. No other node is changed until the "+
				"value changes or you ask for another attempt: annotate the PeeredCluster with %s%s.",
				n.Name, strings.TrimSuffix(r.Failed, "."), v1alpha1.AnnotationRetry, otherwise(r))}
		}
	}
	return nil
}

// otherwise is the other way to another attempt. While the node is being reverted its record says that the cordon is
// ours, and has to stay.
func otherwise(r *Record) string {
	if r.Held() {
		return " (the node is still being reverted to the old value)"
	}
	return ", or remove the annotation " + Annotation + " from that node"
}

// deadlineExceeded closes for good only while the cause lasts: a successor that becomes current opens it again.
func (p *planner) deadlineExceeded() *gate {
	deadline := p.in.Policy.ProgressDeadline
	for _, r := range p.replacements {
		if r.open(p.in) && p.elapsed(r.Since, deadline) {
			return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("The replacement of instance %s in Auto Scaling group %s is not "+
				"up to date and Ready within %s: %s. No further node is started.%s", r.InstanceID, r.Group, message.Duration(deadline), r.shortfall(), p.refusal())}
		}
	}
	for _, n := range p.nodes {
		if p.neverLeft(n) {
			return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Something began to remove node %s while crossvpc renewed it (%s), and it is still there. "+
				"No further node is started. Delete the node if nobody removes it, or end what keeps it.", n.Name, n.leavingBy())}
		}
		if p.overdue(n) && !p.onTrial(n) {
			return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Node %s is not up to date and Ready within %s of its agent's "+
				"restart. No further node is started. %s", n.Name, message.Duration(deadline), n.lookAt())}
		}
	}
	return nil
}

func (p *planner) delegateStuck() *gate {
	for _, d := range p.ways.delegates() {
		if g := d.stuck(p); g != nil {
			return g
		}
	}
	return nil
}

func (p *planner) settling() *gate {
	if p.elapsed(p.in.TargetSince, p.in.Policy.Settle) {
		return nil
	}
	return &gate{StateSettling, fmt.Sprintf("Waiting until the routing value is unchanged for %s.", message.Duration(p.in.Policy.Settle))}
}

// unholdable closes before the value is released: a node without the label would be reached by it at once (C6).
func (p *planner) unholdable() *gate {
	if p.released() {
		return nil
	}
	for _, n := range p.nodes {
		if n.Hostname == "" && (n.Freshness == FreshnessStale || n.Freshness == FreshnessUnknown) {
			return &gate{StateBlocked, fmt.Sprintf("Node %s has no label kubernetes.io/hostname, so the new value cannot be held back "+
				"from it. Add the label.", n.Name)}
		}
	}
	return nil
}
