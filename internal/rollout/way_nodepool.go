package rollout

import (
	"fmt"

	"github.com/crossvpc/crossvpc/internal/message"
)

// WayNodePool leaves the node to Karpenter, which replaces it once its NodePool is marked.
const WayNodePool Way = "NodePool"

// StepMarkNodePool sets Mark in the template of NodePool, from which Karpenter replaces its nodes.
const StepMarkNodePool StepKind = "MarkNodePool"

// BlockedByNodePoolOwner names a node in whose NodePool somebody else sets the annotation, or took ours back.
const BlockedByNodePoolOwner = "NodePoolManagedElsewhere"

// nodePool is a [delegate]. A node that nobody can tell Karpenter to replace is renewed in place.
type nodePool struct{ recyclePods }

func (nodePool) takes(from Origin, n *Node) bool {
	switch owner := from.Karpenter; {
	case owner == nil:
		return false
	case owner.Unmanaged != "":
		n.Unmanaged = owner.Unmanaged
	default:
		n.NodePool, n.Mark = owner.NodePool, owner.Mark
	}
	return true
}

// applies: before the value is released the node is one like any other, and the canary is renewed in place.
func (nodePool) applies(p *planner, n *Node) bool { return p.released() && !p.missed(n) }

func (nodePool) obstacle(p *planner, n *Node) *Finding { return p.poolObstacle(n) }

// tell marks the next NodePool once the value is released, Karpenter has nothing left to do in another, and we are
// through with the nodes that are not Karpenter's. A pool's budgets count its own nodes only (10 % by default, rounded
// up), so pools marked side by side would have many times as much disrupted at once, and ours on top of it.
func (nodePool) tell(p *planner) {
	ours := len(p.inProgress()) > 0 || len(p.candidates(1)) > 0
	if p.gate != nil || p.hold != nil || ours || p.busyPool() != "" || p.unavailable() >= p.in.Policy.MaxUnavailable {
		return
	}
	if name := p.nextPool(); name != "" {
		pool := p.in.NodePools[name]
		p.add(Step{Kind: StepMarkNodePool, NodePool: name, NodePoolUID: pool.UID, Mark: p.markFor(name), Why: message.Count(len(p.waiting(name)), "node")})
	}
}

func (nodePool) waits(p *planner) bool { return p.nextPool() != "" }

// stuck closes while Karpenter could replace nodes of a marked pool and has replaced none for as long as a
// replacement may take (N5).
func (nodePool) stuck(p *planner) *gate {
	name := p.busyPool()
	if name == "" {
		return nil
	}
	since, deadline := p.in.NodePools[name].Progress, p.in.Policy.ProgressDeadline
	if p.in.TargetSince.After(since) {
		since = p.in.TargetSince
	}
	if !p.elapsed(since, deadline) {
		return nil
	}
	waiting := p.waiting(name)
	return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Karpenter has replaced no node of NodePool %s for %s, and %s not up to "+
		"date. No further node is started. Check the events of node %s and its NodeClaim.", name, message.Duration(deadline),
		message.Count(len(waiting), "node")+" "+message.Verb(len(waiting), "is", "are"), waiting[0].Name)}
}

func (nodePool) progress(p *planner, c Counts) string {
	name := p.busyPool()
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%d of %d nodes are up to date; Karpenter replaces the nodes of NodePool %s at the pace of its disruption "+
		"budgets (maxUnavailable does not apply there).", c.Current, c.Total, name)
}

func (nodePool) goesOn(p *planner) string {
	name := p.busyPool()
	if name == "" || p.gate != nil && p.gate.state == StateProgressDeadlineExceeded {
		return ""
	}
	return fmt.Sprintf(" Karpenter continues with NodePool %s; a disruption budget of 0 nodes there stops it.", name)
}
