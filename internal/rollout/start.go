package rollout

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// start cordons as many further nodes as the budget allows, and only one before the value is released.
func (p *planner) start() {
	if p.gate != nil || p.hold != nil {
		return
	}
	canary := p.selection.Mode != cilium.SelectAllBut
	if canary && (p.canary() != nil || p.releasable() != "") {
		return
	}
	slots := p.in.Policy.MaxUnavailable - p.unavailable()
	if canary {
		slots = min(slots, 1)
	}
	for _, n := range p.candidates(slots) {
		if n.Driver == DriverRestart {
			p.begin(n, canary)
		} else {
			p.cordon(n, canary)
		}
	}
}

func (p *planner) cordon(n *Node, canary bool) {
	record := &Record{Revision: p.in.Target, StartTime: p.in.Now, Cordoned: true, Canary: canary}
	if r := n.Record; r != nil && r.Revision == p.in.Target {
		record.Attempts, record.SuccessorOf = r.Attempts, r.SuccessorOf
	}
	p.mark(StepCordon, n, record, p.whyStarted(n, canary))
}

func (p *planner) whyStarted(n *Node, canary bool) string {
	if canary {
		return string(n.Verdict) + ", canary"
	}
	return string(n.Verdict)
}

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
	switch {
	case p.karpenters(n):
		return p.poolObstacle(n)
	case !n.Ready || n.leaving():
		return &Finding{Reason: BlockedNotReady, Message: "it is not Ready or is going away"}
	case n.Agent == nil || !n.Agent.Ready && !n.Agent.CrashLooping: // booting, most likely
		return &Finding{Reason: BlockedNotReady, Message: "its Cilium agent is not Ready"}
	case n.Unschedulable:
		return &Finding{Reason: BlockedByOtherCordon, Message: "somebody else cordoned it; uncordon it when they are done"}
	case n.Undrainable != nil && n.Driver != DriverRestart:
		return n.Undrainable
	case n.Record != nil && n.Record.Revision == p.in.Target && p.in.Now.Before(n.Record.RetryAfter):
		p.wakeAt(n.Record.RetryAfter)
		return &Finding{Reason: n.Record.Reason, Message: fmt.Sprintf("%s; tried %d times, it is tried again later", n.Record.Message, n.Record.Attempts)}
	default:
		return nil
	}
}

// untouchable says why we have no means to bring the node up to date, whatever its state.
func (p *planner) untouchable(n *Node) *Finding {
	refuses := p.in.Groups[n.Instance.Group].Refuses
	switch {
	case n.Driver == DriverNone:
		return &Finding{Reason: BlockedUnmanaged, Message: cmp.Or(n.DriverReason, "nothing here may touch it; replace it yourself")}
	case n.Driver == DriverAutoScalingGroup && refuses != "" && p.selection.Mode == cilium.SelectAllBut:
		return &Finding{Reason: BlockedByGroup, Message: refuses}
	case n.Hostname == "":
		return &Finding{Reason: BlockedNoHostname, Message: "it has no label kubernetes.io/hostname, by which it could be held back"}
	default:
		return nil
	}
}
