package rollout

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// start cordons as many further nodes as the budget allows, and only one before the value is released.
func (p *planner) start() {
	if p.gate != nil {
		return
	}
	canary := p.selection.Mode != SelectAllBut
	if canary && (p.canary() != nil || p.releasable() != "") {
		return
	}
	slots := p.in.Policy.MaxUnavailable - p.unavailable()
	if canary {
		slots = min(slots, 1)
	}
	for _, n := range p.candidates(slots) {
		p.cordon(n, canary)
	}
}

func (p *planner) cordon(n *Node, canary bool) {
	record := &Record{Revision: p.in.Target, StartTime: p.in.Now, Cordoned: true, Canary: canary}
	why := string(n.Verdict)
	if canary {
		why += ", canary"
	}
	if r := n.Record; r != nil && r.Revision == p.in.Target {
		record.Attempts = r.Attempts
	}
	p.mark(StepCordon, n, record, why)
}

// candidates are the first nodes that may be started on, in order: split ones first, the operator's own and those with a broken agent last, in turn from
// the zone with the fewest nodes in flight, and within it by a hash that changes with the revision.
func (p *planner) candidates(limit int) []*Node {
	var rest []*Node
	for _, n := range p.nodes {
		if p.needsWork(n) && p.obstacle(n) == nil {
			rest = append(rest, n)
		}
	}
	slices.SortFunc(rest, func(a, b *Node) int { return cmp.Compare(p.rank(a), p.rank(b)) })
	return p.spread(rest, limit)
}

func (p *planner) rank(n *Node) string {
	sum := sha256.Sum256([]byte(string(n.UID) + "/" + p.in.Target))
	return hex.EncodeToString(sum[:]) + n.Name
}

func (p *planner) class(n *Node) int {
	switch {
	case n.Agent.CrashLooping: // never the canary of choice: the value would be blamed for what was broken before
		return 3
	case n.Name == p.in.OperatorNode:
		return 2
	case n.Verdict == VerdictSplit:
		return 0
	default:
		return 1
	}
}

// spread picks one by one, so that the order is the same wherever a process was killed. The input is in rank order,
// which decides among equals.
func (p *planner) spread(rest []*Node, limit int) []*Node {
	busy, left := map[string]int{}, map[string]int{}
	for _, n := range p.nodes {
		if n.claimed() {
			busy[n.Zone]++
		}
	}
	for _, n := range rest {
		left[n.Zone]++
	}
	var picked []*Node
	for len(rest) > 0 && len(picked) < limit {
		best := slices.MinFunc(rest, func(a, b *Node) int {
			return cmp.Or(cmp.Compare(p.class(a), p.class(b)), cmp.Compare(busy[a.Zone], busy[b.Zone]),
				cmp.Compare(left[b.Zone], left[a.Zone]))
		})
		busy[best.Zone]++
		left[best.Zone]--
		picked = append(picked, best)
		rest = slices.DeleteFunc(rest, func(n *Node) bool { return n == best })
	}
	return picked
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
	case !n.Ready || n.leaving():
		return &Finding{BlockedNotReady, "it is not Ready or is going away"}
	case n.Agent == nil || !n.Agent.Ready && !n.Agent.CrashLooping: // booting, most likely
		return &Finding{BlockedNotReady, "its Cilium agent is not Ready"}
	case n.Unschedulable:
		return &Finding{BlockedByOtherCordon, "somebody else cordoned it; uncordon it when they are done"}
	case n.Undrainable != nil:
		return n.Undrainable
	case n.Record != nil && n.Record.Revision == p.in.Target && p.in.Now.Before(n.Record.RetryAfter):
		p.wakeAt(n.Record.RetryAfter)
		return &Finding{n.Record.Reason, fmt.Sprintf("%s; tried %d times, it is tried again later", n.Record.Message, n.Record.Attempts)}
	default:
		return nil
	}
}

// untouchable says why we have no means to bring the node up to date, whatever its state.
func (p *planner) untouchable(n *Node) *Finding {
	refuses := p.in.Groups[n.Instance.Group].Refuses
	switch {
	case n.Driver == DriverNone:
		return &Finding{BlockedUnmanaged, cmp.Or(n.DriverReason, "nothing here may touch it; replace it yourself")}
	case n.Driver == DriverAutoScalingGroup && refuses != "" && p.selection.Mode == SelectAllBut:
		return &Finding{BlockedByGroup, refuses}
	case n.Hostname == "":
		return &Finding{BlockedNoHostname, "it has no label kubernetes.io/hostname, by which it could be held back"}
	default:
		return nil
	}
}
