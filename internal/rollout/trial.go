package rollout

import (
	"fmt"

	"github.com/crossvpc/crossvpc/internal/message"
)

// canary returns the node on trial for the newest revision; nil when there is none.
func (p *planner) canary() *Node {
	for _, n := range p.nodes {
		if p.onTrial(n) {
			return n
		}
	}
	return nil
}

// trialFailed says what went wrong on the canary; empty while it may still pass.
func (p *planner) trialFailed(n *Node) string {
	switch {
	case n.Agent != nil && n.Agent.CrashLooping && n.renewed():
		return "its Cilium agent keeps crashing"
	case p.overdue(n):
		if _, ready := n.readySince(); ready && n.Stranded > 0 {
			return fmt.Sprintf("it is not up to date after %s. %s", message.Duration(p.in.Policy.ProgressDeadline), n.lookAt())
		}
		return fmt.Sprintf("it is not up to date and Ready after %s", message.Duration(p.in.Policy.ProgressDeadline))
	default:
		return ""
	}
}

// onTrial reports whether the node is the canary of a revision that is not released.
func (p *planner) onTrial(n *Node) bool {
	return n.claimed() && n.Record.Canary && n.Record.Revision == p.in.Target && !p.released()
}

// overdue reports whether a processed node of ours has exceeded the progress deadline.
func (p *planner) overdue(n *Node) bool {
	return n.claimed() && n.Record.processedFor(p.in.Target) && !n.Leaving() && !n.off() && !n.done(p.in) &&
		p.elapsed(n.Record.since(), p.in.Policy.ProgressDeadline)
}

// neverLeft reports whether a node of ours that somebody began to remove is still there when both a drain and what comes after it
// would be over. Whoever removes it drains it first, and waits for the same pods as we would.
func (p *planner) neverLeft(n *Node) bool {
	return n.claimed() && n.Leaving() && !p.replacing(n) &&
		p.elapsed(n.Record.workedOn(), p.in.Policy.DrainTimeout+p.in.Policy.ProgressDeadline)
}

// lookAt says where to look for what keeps a processed node from being done.
func (n *Node) lookAt() string {
	if _, ready := n.readySince(); ready && n.Stranded > 0 {
		return fmt.Sprintf("There, %s and %s not recreated yet.%s", n.olderPods(), message.Verb(n.Stranded, "is", "are"), n.lastRefusal())
	}
	return "Check the log of the Cilium agent there."
}
