package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/internal/message"
)

func (p *planner) decision() Decision {
	blocked := p.blockedNodes()
	d := Decision{Steps: p.steps, Counts: p.counts(len(blocked)), BlockedNodes: blocked[:min(len(blocked), MaxBlockedNodes)]}
	d.State, d.Message = p.state(d.Counts, blocked)
	d.Preview = p.preview()
	d.Busy = p.busy()
	d.LookAgain = p.lookAgain
	return d
}

func (p *planner) counts(blocked int) Counts {
	c := Counts{InProgress: len(p.inProgress()), Blocked: blocked, Unmanaged: p.in.Serverless}
	for _, n := range p.nodes {
		if n.Way == WayNone || n.off() {
			c.Unmanaged++
			continue
		}
		c.Total++
		switch n.Freshness {
		case FreshnessCurrent:
			c.Current++
		case FreshnessStale:
			c.Stale++
		case FreshnessSplit:
			c.Split++
		}
	}
	return c
}

// inProgress names what we hold: nodes by name, and instances whose node is gone by id.
func (p *planner) inProgress() []string {
	var names []string
	for _, n := range p.nodes {
		if p.after[n.Name].Held() {
			names = append(names, n.Name)
		}
	}
	for _, r := range p.replacements {
		if r.old == nil || !r.old.claimed() {
			names = append(names, r.InstanceID)
		}
	}
	return names
}

func (p *planner) blockedNodes() []BlockedNode {
	var blocked []BlockedNode
	for _, n := range p.nodes {
		if why := p.whyLeft(n); why != nil {
			blocked = append(blocked, BlockedNode{n.Name, why.Reason, why.Message})
		}
	}
	return blocked
}

// whyLeft says what keeps us from a node that is not current; nil when nothing does, or it needs nothing.
func (p *planner) whyLeft(n *Node) *Finding {
	switch {
	case p.joining(n) || n.claimed() || p.after[n.Name].Held() || n.off():
		return nil
	case n.Freshness == FreshnessUnknown:
		return &Finding{Reason: BlockedUnknown, Message: "Cannot determine which routing value the node runs."}
	case p.needsWork(n):
		return p.obstacle(n)
	default:
		return nil
	}
}

func (p *planner) state(c Counts, blocked []BlockedNode) (State, string) {
	working := p.inProgress()
	settled := p.in.Target == "" || p.released() && !slices.ContainsFunc(p.nodes, func(n *Node) bool {
		return n.Freshness != FreshnessCurrent && !p.joining(n) && !n.off()
	})
	switch {
	case settled && len(working) == 0 && len(p.steps) == 0:
		return StateUpToDate, p.allDone(c) + p.alsoStopped()
	case p.gate != nil:
		return p.gate.state, p.gate.message + p.goesOn()
	case !p.released() && p.trying() != "":
		return StateCanary, fmt.Sprintf("Trying the new value on node %s first; the other nodes keep the old value.", p.trying()) + p.heldUp()
	case len(working) > 0:
		return StateProgressing, fmt.Sprintf("%d of %d nodes are up to date; in progress: %s.", c.Current, c.Total, message.List(working)) + p.refusal() + p.heldUp() + p.whyHeld()
	case p.hold != nil:
		return p.hold.state, p.hold.message + p.goesOn()
	case p.delegateProgress(c) != "":
		return StateProgressing, p.delegateProgress(c)
	case len(p.steps) > 0:
		return StateProgressing, fmt.Sprintf("%d of %d nodes are up to date.", c.Current, c.Total)
	default:
		return StateBlocked, p.whyBlocked(blocked)
	}
}

// delegateProgress says what others are at; empty when they are at nothing.
func (p *planner) delegateProgress(c Counts) string {
	for _, d := range p.ways.delegates() {
		if says := d.progress(p, c); says != "" {
			return says
		}
	}
	return ""
}

// goesOn says what goes on where we start nothing.
func (p *planner) goesOn() string {
	var says strings.Builder
	for _, d := range p.ways.delegates() {
		says.WriteString(d.goesOn(p))
	}
	return says.String()
}

// heldUp names the first node whose drain is refused, or waits, and by what.
func (p *planner) heldUp() string {
	for _, n := range p.nodes {
		left := n.Evictable+n.Stranded > 0 || len(n.Attached) > 0
		if why := n.waitsFor(); why != "" && left && p.after[n.Name].Held() && !p.replacing(n) {
			return fmt.Sprintf(" Node %s cannot be drained yet: %s.", n.Name, strings.TrimSuffix(why, "."))
		}
	}
	return ""
}

// whyHeld follows what is in progress, where nothing comes after it.
func (p *planner) whyHeld() string {
	if p.hold == nil {
		return ""
	}
	return " " + p.hold.message
}

// alsoStopped reminds of the switch while there is nothing that it stops.
func (p *planner) alsoStopped() string {
	if p.in.Stopped == "" {
		return ""
	}
	return fmt.Sprintf(" All rollouts of this installation are stopped: %s.", p.in.Stopped)
}

func (p *planner) allDone(c Counts) string {
	if p.in.Target == "" {
		return "No routing change is wanted, and no node is in progress."
	}
	if c.Total == 0 {
		return "There is no node to bring up to date. Each that joins boots with the newest routing value."
	}
	if joining := c.Total - c.Current; joining > 0 {
		return fmt.Sprintf("%s the newest routing value; %d more %s joining.", allRun(c.Current), joining, message.Verb(joining, "is", "are"))
	}
	return allRun(c.Total) + " the newest routing value."
}

func (p *planner) whyBlocked(blocked []BlockedNode) string {
	if len(p.candidates(1)) > 0 || slices.ContainsFunc(p.ways.delegates(), func(d delegate) bool { return d.waits(p) }) {
		return fmt.Sprintf("Waiting: maxUnavailable %d is used up by %s.", p.in.Policy.MaxUnavailable, p.usersOfBudget())
	}
	if len(p.nodes) == 0 {
		return "The cluster has no nodes. The first that joins tries the value for those that come after it."
	}
	if len(blocked) == 0 {
		return "Waiting until the nodes settle."
	}
	first := blocked[0]
	if len(blocked) == 1 {
		return fmt.Sprintf("The only remaining node is blocked: %s (%s): %s", first.Name, first.Reason, sentence(first.Message))
	}
	return fmt.Sprintf("All %d remaining nodes are blocked; first: %s (%s): %s", len(blocked), first.Name, first.Reason, sentence(first.Message))
}

// usersOfBudget names what uses up the budget.
func (p *planner) usersOfBudget() string {
	names := []string{}
	for _, n := range p.nodes {
		switch {
		case !n.missed():
		case n.Leaving():
			names = append(names, n.Name+" (leaving)")
		case !n.Ready:
			names = append(names, n.Name+" (not Ready)")
		case n.Unschedulable:
			names = append(names, n.Name+" (cordoned)")
		case n.agentOnly():
			names = append(names, n.Name+" (its agent restarts)")
		}
	}
	for name, group := range p.in.Groups {
		if short := p.missing(name, group.wanted()); short > 0 {
			names = append(names, fmt.Sprintf("Auto Scaling group %s (%d short)", name, short))
		}
	}
	slices.Sort(names)
	return message.List(names)
}
