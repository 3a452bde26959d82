package rollout

import (
	"cmp"
	"fmt"
	"slices"
)

// needsWork reports whether the node runs an older value and nobody works on it.
func (p *planner) needsWork(n *Node) bool {
	successor := slices.ContainsFunc(p.replacements, func(r replacement) bool { return r.successor == n })
	return (n.Verdict == VerdictStale || n.Verdict == VerdictSplit) && !n.claimed() && !p.joining(n) && !successor && !p.replacing(n)
}

// obstacle says what keeps us from starting on a node that needs work; nil when nothing does.
func (p *planner) obstacle(n *Node) *Finding {
	if why := p.untouchable(n); why != nil {
		return why
	}
	return p.wayOf(n).obstacle(p, n)
}

// untouchable says why we have no means to bring the node up to date, whatever its state.
func (p *planner) untouchable(n *Node) *Finding {
	w := p.wayOf(n)
	if w == nil {
		return &Finding{Reason: BlockedUnmanaged, Message: cmp.Or(n.Unmanaged, "nothing here may touch it; replace it yourself")}
	}
	if why := w.refuses(p, n); why != nil {
		return why
	}
	if n.Hostname == "" {
		return &Finding{Reason: BlockedNoHostname, Message: "it has no label kubernetes.io/hostname, by which it could be held back"}
	}
	return nil
}

// unfit says why the node is in no state to be begun on.
func (p *planner) unfit(n *Node) *Finding {
	switch {
	case !n.Ready || n.leaving():
		return &Finding{Reason: BlockedNotReady, Message: "it is not Ready or is going away"}
	case n.Agent == nil || !n.Agent.Ready && !n.Agent.CrashLooping: // booting, most likely
		return &Finding{Reason: BlockedNotReady, Message: "its Cilium agent is not Ready"}
	case n.Unschedulable:
		return &Finding{Reason: BlockedByOtherCordon, Message: "somebody else cordoned it; uncordon it when they are done"}
	default:
		return nil
	}
}

// backingOff says why the node was given back, for as long as it is left alone.
func (p *planner) backingOff(n *Node) *Finding {
	r := n.Record
	if r == nil || r.Revision != p.in.Target || !p.in.Now.Before(r.RetryAfter) {
		return nil
	}
	p.lookAgainAt(r.RetryAfter)
	return &Finding{Reason: r.Reason, Message: fmt.Sprintf("%s; tried %d times, it is tried again later", r.Message, r.Attempts)}
}

// joining reports whether the node runs the newest value once its agent is Ready: it is not held back, and nothing of
// ours is on it.
func (p *planner) joining(n *Node) bool {
	_, ready := n.readySince()
	crashing := n.Agent != nil && n.Agent.CrashLooping
	return !ready && !crashing && !n.claimed() && n.Verdict != VerdictSplit && p.released() && p.selection.Reaches(n.Hostname)
}
