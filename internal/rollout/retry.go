package rollout

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/internal/message"
)

// retry forgets what failed before, in the one reconciliation in which somebody asks for another attempt: failed canaries, nodes
// that were uncordoned again, replacements that did not come. What is missing stays missing and uses the budget: a group that
// is short of a node counts as before (N1).
func (p *planner) retry() {
	if !p.in.Retry {
		return
	}
	for _, n := range p.nodes {
		switch r := n.Record; {
		case r == nil || r.Revision != p.in.Target:
		case !r.Held() && (r.Failed != "" || !r.RetryAfter.IsZero()):
			p.mark(StepForget, n, nil, "retry")
		case p.overdue(n) && (!p.onTrial(n) || r.Failed != ""):
			p.renewOnceMore(n)
		}
	}
	for _, r := range p.replacements {
		if r.old == nil && r.open(p.in) && p.elapsed(r.Since, p.in.Policy.ProgressDeadline) {
			p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: "retry; " + r.shortfall()})
		}
	}
}

// TurningBack reports whether a node that failed with the wanted value is still on its way back to the old one. Another
// attempt that is asked for meanwhile is for later: the node can be tried again once it is free.
func (in Input) TurningBack() bool {
	return slices.ContainsFunc(in.Nodes, func(n Node) bool {
		return n.Record.Held() && n.Record.Failed != "" && n.Record.Revision == in.Target
	})
}

// renewOnceMore gives an agent that did not come up another start, and its node another deadline.
func (p *planner) renewOnceMore(n *Node) {
	record := *n.Record
	record.Retried = p.in.Now
	if n.Agent != nil && !n.Agent.Ready {
		record.RestartUID = n.Agent.UID
	}
	p.mark(StepMarkRestart, n, &record, fmt.Sprintf("retry; not Ready within %s", message.Duration(p.in.Policy.ProgressDeadline)))
}
