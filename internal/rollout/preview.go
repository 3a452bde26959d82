package rollout

import (
	"slices"
	"time"
)

// preview lists the nodes that can be worked on now before those that something blocks. Nodes that nothing here may
// touch are left out.
func (p *planner) preview() *Preview {
	left := func(n *Node) bool { return p.needsWork(n) && p.untouchable(n) == nil }
	ready := p.order(func(n *Node) bool { return left(n) && p.obstacle(n) == nil })
	later := p.order(func(n *Node) bool { return left(n) && p.obstacle(n) != nil })
	nodes := slices.Concat(ready, later)
	if len(nodes) == 0 {
		return nil
	}
	preview := &Preview{NodeCount: len(nodes), Blockers: p.blockers(nodes), Expected: p.expected(nodes)}
	for _, n := range nodes[:min(len(nodes), MaxPreviewNodes)] {
		preview.Nodes = append(preview.Nodes, n.Name)
	}
	return preview
}

func (p *planner) blockers(nodes []*Node) []string {
	var sentences []string
	if g := p.upgradePending(); g != nil {
		sentences = append(sentences, g.message)
	}
	for _, n := range nodes {
		if p.underPods(n) {
			continue
		}
		for _, why := range []*Finding{n.Undrainable, n.Held, p.unrenewable(n), p.lostLater(n), p.otherLater(n), p.poolLater(n)} {
			if why != nil {
				sentences = append(sentences, why.Message)
			}
		}
	}
	slices.Sort(sentences)
	sentences = slices.Compact(sentences)
	return sentences[:min(len(sentences), MaxPreviewBlockers)]
}

// lostLater says what keeps a node from being replaced, also while the value is not released and it could be renewed in
// place, as the canary.
func (p *planner) lostLater(n *Node) *Finding {
	if n.Way != WayAutoScaling || n.Instance.Warm {
		return nil
	}
	return n.lost()
}

// otherLater says what a successor would bring beside the value, as early.
func (p *planner) otherLater(n *Node) *Finding {
	if n.Way != WayAutoScaling || n.Instance.Warm {
		return nil
	}
	return p.otherTemplate(n)
}

// poolLater says what keeps Karpenter from replacing a node, also while the value is not released and it could be renewed in
// place, as the canary.
func (p *planner) poolLater(n *Node) *Finding {
	if n.Way != WayNodePool || p.missed(n) {
		return nil
	}
	return p.poolObstacle(n)
}

// expected is the canary's time, plus that of the others divided by how many are worked on at once.
func (p *planner) expected(nodes []*Node) time.Duration {
	var alone, shared time.Duration
	for i, n := range nodes {
		way := p.ways.named(n.Way)
		canary := i == 0 && !p.released()
		if canary {
			way = p.wayOf(n)
		}
		if takes := p.in.Policy.MinReady + way.lasts; canary || way.underPods {
			alone += takes
		} else {
			shared += takes
		}
	}
	return alone + shared/time.Duration(p.in.Policy.MaxUnavailable)
}
