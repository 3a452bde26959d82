package rollout

import (
	"cmp"
	"slices"
)

// start cordons as many further nodes as the budget allows, and only one before the value is released.
func (p *planner) start() {
	if p.gate != nil || p.hold != nil {
		return
	}
	canary := !p.released()
	if canary && (p.canary() != nil || p.releasable() != "") {
		return
	}
	slots := p.in.Policy.MaxUnavailable - p.unavailable()
	if canary {
		slots = min(slots, 1)
	}
	for _, n := range p.candidates(slots) {
		p.wayOf(n).begin(p, n, canary)
	}
}

func (p *planner) whyStarted(n *Node, canary bool) string {
	if canary {
		return string(n.Freshness) + ", canary"
	}
	return string(n.Freshness)
}

// candidates are the first nodes that may be started on: in order, but a node whose zone is busy gives way to one whose
// zone is less so.
func (p *planner) candidates(limit int) []*Node {
	rest := p.order(func(n *Node) bool { return p.needsWork(n) && !p.delegated(n) && p.obstacle(n) == nil })
	busy, agents := p.busyZones(), p.agentsRestarting()
	var picked []*Node
	for len(picked) < limit {
		if agents > 0 {
			rest = slices.DeleteFunc(rest, p.underPods)
		}
		if len(rest) == 0 {
			break
		}
		best := slices.MinFunc(rest, func(a, b *Node) int {
			return cmp.Or(cmp.Compare(p.class(a), p.class(b)), cmp.Compare(busy[a.Zone], busy[b.Zone]))
		})
		if p.underPods(best) {
			agents++
		}
		busy[best.Zone]++
		picked = append(picked, best)
		rest = slices.DeleteFunc(rest, func(n *Node) bool { return n == best })
	}
	return picked
}

func (p *planner) busyZones() map[string]int {
	busy := map[string]int{}
	for _, n := range p.nodes {
		if n.claimed() {
			busy[n.Zone]++
		}
	}
	return busy
}

// agentsRestarting counts the nodes whose agent alone is being restarted.
func (p *planner) agentsRestarting() int {
	count := 0
	for _, n := range p.nodes {
		if n.agentOnly() {
			count++
		}
	}
	return count
}
