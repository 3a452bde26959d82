package rollout

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/internal/message"
)

// needsWork reports whether the node runs an older value and nobody works on it. One that is off, in a
// warm pool, is like any other once it comes into service.
func (p *planner) needsWork(n *Node) bool {
	if n.off() {
		return false
	}
	successor := slices.ContainsFunc(p.replacements, func(r replacement) bool { return r.successor == n })
	return (n.Freshness == FreshnessStale || n.Freshness == FreshnessSplit) && !n.claimed() && !p.joining(n) && !successor && !p.replacing(n)
}

// obstacle says what keeps us from starting on a node that needs work; nil when nothing does.
func (p *planner) obstacle(n *Node) *Finding {
	if why := p.untouchable(n); why != nil {
		return why
	}
	why := p.wayOf(n).obstacle(p, n)
	if why == nil {
		why = p.unrenewable(n)
	}
	if why != nil && !why.Until.IsZero() {
		p.lookAgainAt(why.Until)
	}
	return why
}

// unrenewable says what keeps a node from being renewed in place that would be.
func (p *planner) unrenewable(n *Node) *Finding {
	if w := p.wayOf(n); w == nil || w.way != p.ways.inPlace().way {
		return nil
	}
	return n.Unrenewable
}

// untouchable says why we have no means to bring the node up to date, whatever its state.
func (p *planner) untouchable(n *Node) *Finding {
	w := p.wayOf(n)
	if w == nil {
		return &Finding{Reason: BlockedUnmanaged, Message: cmp.Or(n.Unmanaged, "crossvpc has no means to renew the node. Replace it yourself.")}
	}
	if why := w.refuses(p, n); why != nil {
		return why
	}
	if n.Hostname == "" {
		return &Finding{Reason: BlockedNoHostname, Message: "The node has no label kubernetes.io/hostname, so the new value cannot be held back from it. Add the label."}
	}
	return nil
}

// unfit says why the node is in no state to be begun on.
func (p *planner) unfit(n *Node) *Finding {
	switch {
	case !n.Ready || n.Leaving():
		return &Finding{Reason: BlockedNotReady, Message: "The node is not Ready or is leaving."}
	case n.Agent == nil || !n.Agent.Ready && !n.Agent.CrashLooping: // booting, most likely
		return &Finding{Reason: BlockedNotReady, Message: "The Cilium agent on the node is not Ready."}
	case n.AgentBarred != "" && p.wayOf(n).restarts(p.ways):
		return &Finding{Reason: BlockedAgentBarred, Message: "A Cilium agent that is restarted would not come back to the node: " + n.AgentBarred + ". Change the node, or the agent's DaemonSet."}
	case n.Unschedulable:
		return &Finding{Reason: BlockedByOtherCordon, Message: "Somebody else cordoned the node. Uncordon it when they are done."}
	default:
		return nil
	}
}

// backingOff says why the node was uncordoned again, for as long as it is left alone.
func (p *planner) backingOff(n *Node) *Finding {
	r := n.Record
	if r == nil || r.Revision != p.in.Target || !p.in.Now.Before(r.RetryAfter) {
		return nil
	}
	p.lookAgainAt(r.RetryAfter)
	return &Finding{Reason: r.Reason, Message: fmt.Sprintf("%s Tried %s; crossvpc retries later.", sentence(r.Message), message.Count(r.Attempts, "time"))}
}

// joining reports whether the node runs the newest value once its agent is Ready: it is not held back, and nothing of
// ours is on it.
func (p *planner) joining(n *Node) bool {
	_, ready := n.readySince()
	crashing := n.Agent != nil && n.Agent.CrashLooping
	return !ready && !crashing && !n.claimed() && n.Freshness != FreshnessSplit && p.released() && p.selection.Reaches(n.Hostname)
}
