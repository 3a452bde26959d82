package rollout

import "cmp"

// WayRecycle empties the node and restarts its agent in place.
const WayRecycle Way = "Recycle"

// recyclePods is what a node goes through that is emptied: ways that give the instance up begin so, too.
type recyclePods struct{}

func (recyclePods) takes(from Origin, n *Node) bool {
	n.noteInstance(from)
	return true
}

func (recyclePods) applies(*planner, *Node) bool { return true }

func (recyclePods) refuses(*planner, *Node) *Finding { return nil }

func (recyclePods) obstacle(p *planner, n *Node) *Finding {
	if why := p.unfit(n); why != nil {
		return why
	}
	return cmp.Or(n.Undrainable, p.backingOff(n), n.Held)
}

// begin cordons the node.
func (recyclePods) begin(p *planner, n *Node, canary bool) {
	p.mark(StepCordon, n, p.cordonRecord(n, canary), p.whyStarted(n, canary))
}

// cordonRecord is what is remembered of a node that is about to be emptied. Each time that it was uncordoned again counts.
func (p *planner) cordonRecord(n *Node, canary bool) *Record {
	record := &Record{Revision: p.in.Target, StartTime: p.in.Now, Cordoned: true, Canary: canary}
	if r := n.Record; r != nil && r.Revision == p.in.Target {
		record.Attempts, record.SuccessorOf = r.Attempts, r.SuccessorOf
	}
	return record
}

func (w recyclePods) advance(p *planner, n *Node) {
	if n.Record.Processed() {
		p.finish(n, w)
		return
	}
	p.drain(n, p.process)
}

// renew restarts the agent, only ever under an empty node: pods that are there would lose their way out (C5).
func (recyclePods) renew(p *planner, n *Node) {
	switch {
	case !n.Unschedulable:
		p.giveBack(n, Finding{Reason: BlockedUncordoned, Message: "Somebody uncordoned the node before its agent was restarted."})
	case n.Evictable > 0:
		p.evictInTime(n)
	default:
		p.restart(n)
	}
}

func (recyclePods) confirm(p *planner, n *Node) { p.confirm(n) }
