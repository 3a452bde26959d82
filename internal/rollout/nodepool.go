package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// NodePool is a Karpenter NodePool, as far as decisions depend on it.
type NodePool struct {
	UID types.UID
	// Mark is the value of [podrules.NodePoolAnnotation] in its template; empty: none.
	Mark string
	// Refuses says why a mark must not be written, or would have no effect now: somebody else has the annotation, or its
	// disruption budgets allow nothing.
	Refuses *Finding
	// Progress is the last sign of Karpenter replacing its nodes, or of being allowed to.
	Progress time.Time
}

// BlockedByNodePoolOwner names a node in whose NodePool somebody else sets the annotation, or took ours back.
const BlockedByNodePoolOwner = "NodePoolManagedElsewhere"

// karpenters reports whether the node is Karpenter's to replace. Before the value is released it is one like any other: the
// canary is renewed in place.
func (p *planner) karpenters(n *Node) bool {
	return n.Driver == DriverNodePool && p.selection.Mode == cilium.SelectAllBut && !p.missed(n)
}

// missed reports whether Karpenter made the node from the newest template, so that it sees no drift, and it runs an older
// value all the same: it came with the hostname of one that was held back. Another mark would replace the whole pool for
// it, so it is renewed in place like the canary.
func (p *planner) missed(n *Node) bool {
	return MarkOf(n.Mark, p.in.Target) && n.Mark == p.in.NodePools[n.NodePool].Mark && !n.Created.Before(p.in.TargetSince)
}

// replacePools marks the next NodePool once the value is released, Karpenter has nothing left to do in another, and we
// are through with the nodes that are not Karpenter's. A pool's budgets count its own nodes only (10 % by default,
// rounded up), so pools marked side by side would have many times as much disrupted at once, and ours on top of it.
func (p *planner) replacePools() {
	ours := len(p.inProgress()) > 0 || len(p.candidates(1)) > 0
	if p.gate != nil || p.hold != nil || ours || p.busyPool() != "" || p.unavailable() >= p.in.Policy.MaxUnavailable {
		return
	}
	if name := p.nextPool(); name != "" {
		pool := p.in.NodePools[name]
		p.add(Step{Kind: StepMarkNodePool, NodePool: name, NodePoolUID: pool.UID, Mark: p.markFor(name), Why: fmt.Sprintf("%d nodes", len(p.waiting(name)))})
	}
}

// busyPool is the first pool, by name, that is marked and has nodes that Karpenter can replace.
func (p *planner) busyPool() string {
	return p.firstPool(func(n *Node) bool { return p.drifted(n) })
}

// nextPool is the pool to mark: one with a split node, on which pods are cut off, or else the first by name.
func (p *planner) nextPool() string {
	split := p.firstPool(func(n *Node) bool { return n.Verdict == VerdictSplit && !p.drifted(n) })
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

// markFor is a mark that none of the pool's old nodes was made with. It is the revision, but for a value that was
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

// poolObstacle says what keeps Karpenter from replacing the node; nil when nothing that can be seen does. A node that is
// going away or not Ready is no obstacle to that.
func (p *planner) poolObstacle(n *Node) *Finding {
	pool := p.in.NodePools[n.NodePool]
	switch {
	case pool.Refuses != nil:
		return pool.Refuses
	case n.Undrainable != nil && !n.leaving():
		return n.Undrainable
	default:
		return p.exposed(n.NodePool)
	}
}

// exposed says what keeps a NodePool from being marked: a mark has Karpenter replace all of its nodes, also those that
// are up to date, and one of them has a pod that must not be evicted (N2) and that Karpenter would not spare. Once the
// pool is marked it is too late to hold anything up.
func (p *planner) exposed(pool string) *Finding {
	if MarkOf(p.in.NodePools[pool].Mark, p.in.Target) {
		return nil
	}
	for _, n := range p.nodes {
		if n.NodePool == pool && n.Exposed != nil && !n.leaving() {
			return &Finding{Reason: n.Exposed.Reason, Message: fmt.Sprintf("Karpenter would replace every node of NodePool %s and not spare this one on %s: %s", pool, n.Name, n.Exposed.Message)}
		}
	}
	return nil
}

// poolStuck closes while Karpenter could replace nodes of a marked pool and has replaced none for as long as a
// replacement may take (N5).
func (p *planner) poolStuck() *gate {
	name := p.busyPool()
	if name == "" {
		return nil
	}
	since, deadline := p.in.NodePools[name].Progress, p.in.Policy.ProgressDeadline
	if p.in.TargetSince.After(since) {
		since = p.in.TargetSince
	}
	if !p.past(since, deadline) {
		return nil
	}
	waiting := p.waiting(name)
	return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Karpenter has replaced no node of NodePool %s for %s, and %d are not up to "+
		"date; no further node is started: look at the events of node %s and its NodeClaim.", name, deadline, len(waiting), waiting[0].Name)}
}

// poolProgress says what Karpenter is at; empty when it is at nothing.
func (p *planner) poolProgress(c Counts) string {
	name := p.busyPool()
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d nodes are up to date; Karpenter replaces the nodes of NodePool %s, at the pace of its disruption "+
		"budgets: maxUnavailable does not apply there.", c.Current, c.Total, name)
}

// poolGoesOn is what to add where we start nothing and Karpenter does not stop for that.
func (p *planner) poolGoesOn() string {
	name := p.busyPool()
	if name == "" || p.gate != nil && p.gate.state == StateProgressDeadlineExceeded {
		return ""
	}
	return fmt.Sprintf(" Karpenter goes on with NodePool %s; a disruption budget of 0 nodes there stops it.", name)
}
