package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// karpenters reports whether Karpenter is to replace the node.
func (p *planner) karpenters(n *Node) bool { return n.NodePool != "" && p.delegated(n) }

// missed reports whether Karpenter made the node from the newest template, so that it sees no drift, and it runs an older
// value anyway: it came with the hostname of one that was held back. Another mark would replace the whole pool for
// it, so it is renewed in place like the canary.
func (p *planner) missed(n *Node) bool {
	return MarkOf(n.Mark, p.in.Target) && n.Mark == p.in.NodePools[n.NodePool].Mark && !n.Created.Before(p.in.TargetSince)
}

// busyPool is the first pool, by name, that is marked and has nodes that Karpenter can replace.
func (p *planner) busyPool() string {
	return p.firstPool(func(n *Node) bool { return p.drifted(n) })
}

// nextPool is the pool to mark: one with a split node, on which pods are cut off, or else the first by name.
func (p *planner) nextPool() string {
	split := p.firstPool(func(n *Node) bool { return n.Freshness == FreshnessSplit && !p.drifted(n) })
	return cmp.Or(split, p.firstPool(func(n *Node) bool { return !p.drifted(n) }))
}

func (p *planner) firstPool(has func(*Node) bool) string {
	names := []string{}
	for _, n := range p.nodes {
		if p.karpenters(n) && p.needsWork(n) && p.obstacle(n) == nil && has(n) {
			names = append(names, n.NodePool)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}

// waiting are the nodes of a pool that Karpenter has yet to replace, and can.
func (p *planner) waiting(pool string) []*Node {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n *Node) bool {
		return n.NodePool != pool || !p.karpenters(n) || !p.needsWork(n) || p.obstacle(n) != nil
	})
}

// drifted reports whether the node was made from a template without the mark that its pool has now.
func (p *planner) drifted(n *Node) bool {
	mark := p.in.NodePools[n.NodePool].Mark
	return MarkOf(mark, p.in.Target) && n.Mark != mark
}

// MarkOf reports whether a mark is one for the revision.
func MarkOf(mark, revision string) bool {
	return revision != "" && (mark == revision || strings.HasPrefix(mark, revision+"-"))
}

// markFor is a mark that none of the pool's old nodes was made with. It is the revision, except a value that was
// withdrawn and is wanted again: then old nodes may have the mark of the first time, so that it would change nothing.
func (p *planner) markFor(pool string) string {
	for n := 1; ; n++ {
		mark := p.in.Target
		if n > 1 {
			mark += "-" + strconv.Itoa(n)
		}
		if !slices.ContainsFunc(p.nodes, func(n *Node) bool { return n.NodePool == pool && p.needsWork(n) && n.Mark == mark }) {
			return mark
		}
	}
}

// NextMark is a mark for the revision that is another than the one that a NodePool has.
func NextMark(mark, revision string) string {
	if !MarkOf(mark, revision) {
		return revision
	}
	number, _ := strconv.Atoi(strings.TrimPrefix(mark, revision+"-")) // 0 for the first, and where somebody wrote no number
	return revision + "-" + strconv.Itoa(max(number, 1)+1)
}

// poolObstacle says what keeps Karpenter from replacing the node; nil when nothing that can be seen does. A node that is
// going away or not Ready is no obstacle to that.
func (p *planner) poolObstacle(n *Node) *Finding {
	pool := p.in.NodePools[n.NodePool]
	if !p.drifted(n) && pool.Unmarkable != nil {
		return pool.Unmarkable
	}
	switch {
	case pool.Refuses != nil:
		return pool.Refuses
	case n.Leaving():
		return p.exposed(n)
	case n.Forced:
		return cmp.Or(n.ownRefusal(), p.exposed(n))
	default:
		return cmp.Or(n.Undrainable, n.Undisruptable, p.exposed(n))
	}
}

// ownRefusal is the wish of the node itself, not of a pod on it. No terminationGracePeriod overrules it: Karpenter reads it
// before it looks at pods (NewCandidate in pkg/controllers/disruption/types.go of sigs.k8s.io/karpenter).
func (n *Node) ownRefusal() *Finding {
	if n.Undrainable == nil || n.Undrainable.Reason != podrules.ReasonNodeRefuses {
		return nil
	}
	return n.Undrainable
}

// betweenTimes is a pool that Karpenter has begun on, and continues with when the schedule of a disruption budget allows it
// again; empty: there is none. Another that is marked meanwhile would be disrupted beside it then.
func (p *planner) betweenTimes() string {
	for _, n := range p.nodes {
		refuses := p.in.NodePools[n.NodePool].Refuses
		if p.karpenters(n) && p.needsWork(n) && p.drifted(n) && refuses != nil && refuses.Reason == podrules.BlockedByNodePoolSchedule {
			return n.NodePool
		}
	}
	return ""
}

// exposed says what keeps the NodePool of a node from being marked: a mark has Karpenter replace all of its nodes, also those
// that are up to date, and one of them has a pod that must not be evicted (N2) and that Karpenter would not spare. For a node
// that has drifted it is too late to hold anything up. One that was made with the pool's mark needs another mark.
func (p *planner) exposed(node *Node) *Finding {
	if p.drifted(node) {
		return nil
	}
	for _, n := range p.nodes {
		if n.NodePool == node.NodePool && n.Exposed != nil && !n.Leaving() {
			return &Finding{Reason: n.Exposed.Reason, Until: n.Exposed.Until, Message: fmt.Sprintf("Karpenter would replace every node of NodePool %s and not spare this pod on %s: %s", n.NodePool, n.Name, n.Exposed.Message)}
		}
	}
	return nil
}
