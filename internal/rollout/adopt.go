package rollout

import "slices"

// adopt sets a node to work for the newest revision that an older one left in our hands with an agent that does not
// run: the older value may be why, and while it is the only one that reaches the node nothing else would end it. It
// reports whether it did. Before the value is released that is for the case only that no other node could try it.
func (p *planner) adopt(n *Node) bool {
	trial := !p.released()
	switch {
	case p.gate != nil || p.hold != nil || n.Record.Revision == p.in.Target || !n.Ready || n.Agent == nil || !n.Agent.CrashLooping:
		return false
	case n.agentOnly() && !p.underPods(n), !n.agentOnly() && (!n.Unschedulable || n.Evictable > 0):
		return false
	case trial && (p.trying() != "" || p.releasable() != "" || p.unavailable() < p.in.Policy.MaxUnavailable):
		return false
	}
	p.mark(StepMarkProcessed, n, &Record{
		Revision: p.in.Target, StartTime: p.in.Now, ProcessedTime: p.in.Now, Canary: trial,
		Cordoned: n.Record.Cordoned, AgentOnly: n.Record.AgentOnly,
	}, "its agent does not run with the previous value")
	return true
}

// trying is the node that tries the newest revision, as it will be when this decision is carried out; empty when there is none.
func (p *planner) trying() string {
	i := slices.IndexFunc(p.nodes, func(n *Node) bool {
		r := p.after[n.Name]
		return r.Held() && r.Canary && r.Failed == "" && r.Revision == p.in.Target
	})
	if i < 0 {
		return ""
	}
	return p.nodes[i].Name
}
