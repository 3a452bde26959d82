package rollout

// WayRestart restarts the agent under the pods that are there. It needs an agent that gives them their rules again
// when it starts (C5).
const WayRestart Way = "Restart"

type restartAgent struct{}

func (restartAgent) takes(from Origin, n *Node) bool {
	n.noteInstance(from)
	return true
}

func (restartAgent) applies(*planner, *Node) bool { return true }

func (restartAgent) refuses(*planner, *Node) *Finding { return nil }

// obstacle: what can't be drained need not be.
func (restartAgent) obstacle(p *planner, n *Node) *Finding {
	if why := p.unfit(n); why != nil {
		return why
	}
	return p.backingOff(n)
}

// begin lets the value reach the node at once: there is nothing to empty.
func (restartAgent) begin(p *planner, n *Node, canary bool) {
	record := &Record{Revision: p.in.Target, StartTime: p.in.Now, ProcessedTime: p.in.Now, AgentOnly: true, Canary: canary}
	p.mark(StepBegin, n, record, p.whyStarted(n, canary))
}

func (w restartAgent) advance(p *planner, n *Node) {
	if n.Record.Processed() {
		p.finish(n, w)
		return
	}
	p.drain(n, p.process) // somebody edited the record
}

// renew looks once more whether the agent that comes will give the pods their rules: Cilium may have been changed
// since (C5).
func (restartAgent) renew(p *planner, n *Node) {
	if !p.underPods(n) || p.in.Policy.Insufficient != "" {
		p.giveBack(n, Finding{Reason: BlockedByStrategy, Message: "The agent of the node can no longer be restarted under its pods."})
		return
	}
	p.restart(n)
}

func (restartAgent) confirm(p *planner, n *Node) {
	if _, ready := n.readySince(); ready && n.Freshness == FreshnessSplit {
		p.release(n, nil, "its agent did not renew the rules of its pods")
		return
	}
	p.confirm(n)
}
