package rollout

import "slices"

// attendReplacements repeats what may have been cut off after the entry was written, and clears what is complete.
func (p *planner) attendReplacements() {
	for _, r := range p.replacements {
		switch {
		case r.old != nil && r.gone && !r.old.Leaving():
			p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: p.whyUnreplaced(r)})
		case r.old != nil:
			p.terminate(r)
		case r.unwanted:
			p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: p.whyUnreplaced(r)})
		case r.complete(p.in):
			p.clear(r)
		case r.successor != nil:
			p.lookAgainWhenSettled(r.successor)
		}
	}
}

// whyUnreplaced says why nobody comes for an instance.
func (p *planner) whyUnreplaced(r replacement) string {
	if r.gone {
		return p.in.Groups[r.Group].Refuses
	}
	return "Auto Scaling group " + r.Group + " wants no further node"
}

// terminate asks again for as long as the instance is there; the call is idempotent. Once another replacement has
// failed no further capacity is given up.
func (p *planner) terminate(r replacement) {
	n := r.old
	switch {
	case n.Leaving():
	case n.Instance.Warm:
		p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: "its Auto Scaling group has taken it into its warm pool, where none is terminated on request"})
	case n.Unproven != "":
		p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: n.Unproven})
	case !n.Unschedulable:
		p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: "somebody uncordoned node " + n.Name})
	case n.Evictable > 0:
		p.evict(n)
	case p.gate != nil && p.gate.state == StateProgressDeadlineExceeded && p.otherOverdue(r):
	default:
		p.giveUp(r.Replacement, n)
	}
}

func (p *planner) otherOverdue(this replacement) bool {
	return slices.ContainsFunc(p.replacements, func(r replacement) bool {
		return r.InstanceID != this.InstanceID && r.open(p.in) && p.elapsed(r.Since, p.in.Policy.ProgressDeadline)
	})
}

// giveUp lets the value reach the empty node before its instance goes: the successor may get the same address, and with it
// the hostname by which the configuration would hold it back.
func (p *planner) giveUp(r Replacement, n *Node) {
	if n.claimed() && n.Record.Revision == p.in.Target && !n.Record.Processed() {
		record := *n.Record
		record.ProcessedTime = p.in.Now
		p.mark(StepMarkProcessed, n, &record, "empty")
	}
	p.add(Step{Kind: StepTerminateInstance, Node: n.Name, NodeUID: n.UID, Replacement: &r})
	p.lookAgainIn(evictAgain)
}

// clear marks the successor first, so that a crash in between cannot make one node the successor of two.
func (p *planner) clear(r replacement) {
	if s := r.successor; s.Record == nil || s.Record.SuccessorOf != r.InstanceID {
		p.mark(StepMarkSuccessor, s, &Record{Revision: p.revisionFor(r), SuccessorOf: r.InstanceID}, "")
	}
	why := "replaced by " + r.successor.Name
	if !r.superseded && r.successor.Freshness != FreshnessCurrent {
		why += ", which came without the value"
	}
	p.add(Step{Kind: StepClearReplacement, Replacement: &r.Replacement, Why: why})
}

// supersededRevision stands for whichever older revision a successor was made for.
const supersededRevision = "superseded"

// revisionFor never claims the newest revision for a successor that was not required to run it.
func (p *planner) revisionFor(r replacement) string {
	if r.superseded {
		return supersededRevision
	}
	return p.in.Target
}

func (p *planner) lookAgainWhenSettled(n *Node) {
	if since, ready := n.readySince(); ready {
		p.elapsed(since, p.in.Policy.MinReady)
	}
}
