package rollout

import (
	"fmt"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// gate is a reason to start nothing new. While one is closed, nodes that are not past the point of no return are given
// back; those that are, are finished.
type gate struct {
	state   State
	message string
}

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
	return &gate{StateFinishing, "No routing change is wanted any more; nodes in flight are finished and no new one is started."}
}

func (p *planner) evidenceLost() *gate {
	if p.in.EvidenceLost == "" {
		return nil
	}
	return &gate{StateEvidenceLost, fmt.Sprintf("What the nodes run can't be told, so none is touched: %s. Replace the node, or drain it, delete its agent's pod and uncordon it: a new agent reads what is in force now.", p.in.EvidenceLost)}
}

func (p *planner) canaryFailed() *gate {
	for _, n := range p.nodes {
		if r := n.Record; r != nil && r.Canary && r.Failed != "" && r.Revision == p.in.Target {
			return &gate{StateCanaryFailed, fmt.Sprintf("Node %s tried the new value first and %s; the value was taken back and no other "+
				"node is touched until it changes or another attempt is asked for: annotate the PeeredCluster with %s%s.",
				n.Name, r.Failed, v1alpha1.AnnotationRetry, otherwise(r))}
		}
	}
	return nil
}

// otherwise is the other way to another attempt. While the node is being turned back its record says that the cordon is
// ours, and has to stay.
func otherwise(r *Record) string {
	if r.Held() {
		return " (the node is still being turned back to the old value)"
	}
	return ", or remove the annotation " + Annotation + " from that node"
}

// deadlineExceeded closes for good only while the cause lasts: a successor that becomes current opens it again.
func (p *planner) deadlineExceeded() *gate {
	deadline := p.in.Policy.ProgressDeadline
	for _, r := range p.replacements {
		if !r.complete(p.in) && p.past(r.Since, deadline) {
			return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("The replacement of instance %s in Auto Scaling group %s is not "+
				"up to date and Ready within %s; no further node is started: %s.", r.InstanceID, r.Group, deadline, r.shortfall())}
		}
	}
	for _, n := range p.nodes {
		if p.overdue(n) && !p.onTrial(n) {
			return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Node %s is not up to date and Ready within %s of its agent's "+
				"restart; no further node is started: %s.", n.Name, deadline, n.lookAt())}
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

// lookAt says where to look for what keeps a processed node from being done.
func (n *Node) lookAt() string {
	if _, ready := n.readySince(); ready && n.Stranded > 0 {
		return fmt.Sprintf("%d pods there are older than the agent and have yet to be made anew%s", n.Stranded, n.lastRefusal())
	}
	return "look at the Cilium agent's log there"
}

func (p *planner) settling() *gate {
	if p.past(p.in.TargetSince, p.in.Policy.Settle) {
		return nil
	}
	return &gate{StateSettling, fmt.Sprintf("Waiting until the routing value has been unchanged for %s.", p.in.Policy.Settle)}
}

// unholdable closes before the value is released: a node without the label would be reached by it at once (C6).
func (p *planner) unholdable() *gate {
	if p.released() {
		return nil
	}
	for _, n := range p.nodes {
		if n.Hostname == "" && (n.Verdict == VerdictStale || n.Verdict == VerdictUnknown) {
			return &gate{StateBlocked, fmt.Sprintf("Node %s has no label kubernetes.io/hostname, so the new value can't be held back "+
				"from it; add the label.", n.Name)}
		}
	}
	return nil
}

// overdue reports whether a processed node of ours has exceeded the progress deadline.
func (p *planner) overdue(n *Node) bool {
	return n.claimed() && n.Record.processedFor(p.in.Target) && !n.leaving() && !n.done(p.in) &&
		p.past(n.Record.since(), p.in.Policy.ProgressDeadline)
}

// onTrial reports whether the node is the canary of a revision that is not released.
func (p *planner) onTrial(n *Node) bool {
	return n.claimed() && n.Record.Canary && n.Record.Revision == p.in.Target && !p.released()
}

// readySince is since when both the node and its agent are Ready; false while one is not.
func (n *Node) readySince() (time.Time, bool) {
	if !n.Ready || n.Agent == nil || !n.Agent.Ready || n.Agent.Deleting {
		return time.Time{}, false
	}
	if n.Agent.ReadySince.After(n.ReadySince) {
		return n.Agent.ReadySince, true
	}
	return n.ReadySince, true
}

// settled reports whether node and agent have been Ready for the given time.
func (n *Node) settled(now time.Time, minReady time.Duration) bool {
	since, ready := n.readySince()
	return ready && !now.Before(since.Add(minReady))
}

// renewed reports whether the agent is another than the one that had to go, or was new to begin with.
func (n *Node) renewed() bool {
	if n.Record == nil || n.Record.RestartUID == "" {
		return n.Verdict == VerdictCurrent || n.Verdict == VerdictSplit
	}
	return n.Agent != nil && n.Agent.UID != n.Record.RestartUID
}

// done reports whether a processed node has proven the new value. Where evidence is lost our own record is enough: the
// node was empty and its agent was made after the configuration selected it.
func (n *Node) done(in Input) bool {
	proven := n.Verdict == VerdictCurrent || n.Verdict == VerdictUnknown && n.renewed()
	return proven && n.Stranded == 0 && n.settled(in.Now, in.Policy.MinReady)
}
