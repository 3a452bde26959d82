package rollout

import (
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// failCanary records the failure before anything is withdrawn, so that a crash cannot forget it.
func (p *planner) failCanary(n *Node) {
	p.markFailed(n, p.trialFailed(n))
}

// markFailed starts to revert a node: the value is taken from it, and its agent must restart once more.
func (p *planner) markFailed(n *Node, why string) {
	record := *n.Record
	record.Failed, record.RestartUID = why, ""
	p.mark(StepMarkFailed, n, &record, why)
}

// revert restarts the agent once the configuration no longer selects the node, and then lifts our cordon. A pod that
// slipped in is evicted first, but not waited for without end: the agent above it does not work anyway.
func (p *planner) revert(n *Node) {
	switch {
	case p.in.Selection.Mode == cilium.SelectCanary: // this decision takes the configuration back first
	case n.Agent == nil || n.Agent.Deleting:
	case n.Record.RestartUID != n.Agent.UID && n.Record.RestartUID != "":
		p.endRevert(n)
	case n.Evictable > 0 && !n.agentOnly() && !p.elapsed(n.Record.ProcessedTime, p.in.Policy.DrainTimeout):
		p.evict(n)
	default:
		p.restart(n)
	}
}

func (p *planner) endRevert(n *Node) {
	switch _, ready := n.readySince(); {
	case ready:
		p.release(n, n.Record.failure(), "back on the old value")
	default:
		p.adopt(n)
	}
}

// failure is what stays on a node that was reverted; nil where nothing failed.
func (r *Record) failure() *Record {
	if r.Failed == "" {
		return nil
	}
	return &Record{Revision: r.Revision, Canary: r.Canary, Failed: r.Failed}
}
