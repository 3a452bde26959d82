package rollout

// begin makes a node's agent anew under the pods that are there. There is nothing to empty, so the value may reach the
// node at once.
func (p *planner) begin(n *Node, canary bool) {
	record := &Record{Revision: p.in.Target, StartTime: p.in.Now, ProcessedTime: p.in.Now, AgentOnly: true, Canary: canary}
	p.mark(StepBegin, n, record, p.whyStarted(n, canary))
}

// renewUnderPods looks once more whether the agent that comes will give the pods their rules: Cilium may have been
// changed since (C5).
func (p *planner) renewUnderPods(n *Node) {
	if n.Driver != DriverRestart || p.in.Policy.Insufficient != "" {
		p.giveBack(n, Finding{Reason: BlockedByStrategy, Message: "its agent can't be made anew under its pods any more"})
		return
	}
	p.restart(n)
}

// agentsInHand counts the nodes whose agent alone is being made anew. It is one at a time: an agent's restart can cost a
// node minutes of traffic (cilium/cilium#45077).
func (p *planner) agentsInHand() int {
	count := 0
	for _, n := range p.nodes {
		if n.agentOnly() {
			count++
		}
	}
	return count
}
