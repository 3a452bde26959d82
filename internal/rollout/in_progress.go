package rollout

// advance takes the next step on a node that we hold.
func (p *planner) advance(n *Node) {
	switch {
	case !n.claimed() || n.Leaving() || p.replacing(n):
	case n.off():
		p.giveUpOff(n)
	case n.Record.Failed != "":
		p.revert(n)
	default:
		p.wayInProgress(n).advance(p, n)
	}
}

// drain empties a node whose own value has not changed yet. Until it has, the node can be uncordoned again at any time. What
// comes once it is empty is the way's.
func (p *planner) drain(n *Node, emptied func(*Node)) {
	switch {
	case !n.Unschedulable:
		p.giveBack(n, Finding{Reason: BlockedUncordoned, Message: "Somebody uncordoned the node while it was being drained."})
	case p.unwanted(n):
		p.release(n, nil, p.whyUnwanted(n))
	case n.Undrainable != nil:
		p.giveBack(n, *n.Undrainable)
	case n.Unrenewable != nil && p.wayInProgress(n).way == p.ways.inPlace().way:
		p.giveBack(n, *n.Unrenewable)
	case n.Evictable > 0:
		p.evictInTime(n)
	case !n.Ready && p.elapsed(n.Record.StartTime, p.in.Policy.DrainTimeout):
		p.giveBack(n, Finding{Reason: BlockedNotReady, Message: "The node stopped being Ready while it was being drained."})
	case n.Ready:
		emptied(n)
	}
}

// unwanted reports whether the reason to have cordoned the node is gone.
func (p *planner) unwanted(n *Node) bool {
	return p.gate != nil || p.in.UpgradePending != "" || n.Record.Revision != p.in.Target || n.Way == WayNone || p.underPods(n) ||
		n.Freshness == FreshnessCurrent || n.Freshness == FreshnessUnknown ||
		!p.released() && p.canary() != n
}

func (p *planner) whyUnwanted(n *Node) string {
	switch {
	case n.Freshness == FreshnessCurrent:
		return "up to date"
	case p.underPods(n):
		return "its agent can be restarted without a drain"
	case p.gate != nil:
		return string(p.gate.state)
	case p.in.UpgradePending != "":
		return string(StateUpgradePending)
	default:
		return "no longer its turn"
	}
}

// inPlace is how the agent of a node is renewed whose value may have changed.
type inPlace interface {
	// renew restarts the agent.
	renew(*planner, *Node)
	// confirm waits until the new agent has proven itself.
	confirm(*planner, *Node)
}

// finish brings a node whose value may have changed to Ready on that value.
func (p *planner) finish(n *Node, way inPlace) {
	switch {
	case n.Record.Revision != p.in.Target:
		p.finishSuperseded(n)
	case p.onTrial(n) && p.trialFailed(n) != "":
		p.failCanary(n)
	case p.onTrial(n) && p.gate != nil && !p.selection.Reaches(n.Hostname):
		p.release(n, nil, string(p.gate.state)) // nothing has reached it yet
	case !p.selection.Reaches(n.Hostname): // this decision writes the configuration first
	case n.renewed():
		way.confirm(p, n)
	case n.Agent != nil && !n.Agent.Deleting:
		way.renew(p, n)
	}
}

// confirm waits until the renewed agent has been Ready for minReady and no pod from before it is left.
func (p *planner) confirm(n *Node) {
	switch since, ready := n.readySince(); {
	case !ready:
	case n.Stranded > 0:
		p.act(StepEvictStranded, n, n.olderPods())
		p.lookAgainIn(evictAgain)
	case n.Freshness == FreshnessSplit && n.Evictable > 0:
		p.evict(n)
	case !n.done(p.in):
		p.elapsed(since, p.in.Policy.MinReady)
	case p.released() || p.withheld(): // a canary that passed keeps the value for itself
		p.release(n, &Record{Revision: p.in.Target, Canary: n.Record.Canary, ProcessedTime: n.Record.ProcessedTime, RestartUID: n.Record.RestartUID}, "up to date")
	}
}

// finishSuperseded lifts our cordon from a node whose work was for a revision that is no longer the newest. The node
// is held back from the newest one like any other, and takes its turn again. An agent that does not run is restarted,
// because the value that it was given may be what keeps it from running.
func (p *planner) finishSuperseded(n *Node) {
	switch since, ready := n.readySince(); {
	case ready && p.elapsed(since, p.in.Policy.MinReady):
		p.release(n, nil, "its revision is superseded")
	case ready, p.adopt(n):
	case n.Agent != nil && !n.Agent.Ready && (n.Agent.CrashLooping || p.elapsed(n.Record.ProcessedTime, p.in.Policy.ProgressDeadline)):
		p.markFailed(n, "its revision was superseded")
	}
}
