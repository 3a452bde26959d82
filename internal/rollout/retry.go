package rollout

import "fmt"

// retry forgets what failed before, in the one pass in which somebody asks for another attempt: failed canaries, nodes
// that were given back, replacements that did not come. What is lacking stays lacking and uses the budget: a group that
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
		case p.overdue(n) && !p.onTrial(n):
			p.renewOnceMore(n)
		}
	}
	for _, r := range p.replacements {
		if r.old == nil && !r.complete(p.in) && p.past(r.Since, p.in.Policy.ProgressDeadline) {
			p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: "retry; " + r.shortfall()})
		}
	}
}

// renewOnceMore gives an agent that did not come up another start, and its node another deadline.
func (p *planner) renewOnceMore(n *Node) {
	record := *n.Record
	record.Retried = p.in.Now
	if n.Agent != nil && !n.Agent.Ready {
		record.RestartUID = n.Agent.UID
	}
	p.mark(StepMarkRestart, n, &record, fmt.Sprintf("retry; not Ready within %s", p.in.Policy.ProgressDeadline))
}
