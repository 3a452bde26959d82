package rollout

import (
	"fmt"
	"slices"
	"time"

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
	case from.Unproven.Foreign: // its label and its NodeClaim are claims, too
		n.Unmanaged = from.Unproven.Message
	case owner.Unmanaged != "":
		n.Unmanaged = owner.Unmanaged
	default:
		n.NodePool, n.Mark, n.ForcedAfter = owner.NodePool, owner.Mark, owner.ForcedAfter
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
	if p.gate != nil || p.hold != nil || ours || p.busyPool() != "" || p.betweenTimes() != "" || p.unavailable() >= p.in.Policy.MaxUnavailable {
		return
	}
	if name := p.nextPool(); name != "" {
		pool := p.in.NodePools[name]
		p.add(Step{Kind: StepMarkNodePool, NodePool: name, NodePoolUID: pool.UID, Mark: p.markFor(name), Why: message.Count(len(p.waiting(name)), "node")})
	}
}

func (nodePool) waits(p *planner) bool { return p.nextPool() != "" && p.betweenTimes() == "" }

// stuck closes while Karpenter could replace nodes of a marked pool and has replaced none for as long as a
// replacement may take (N5).
func (nodePool) stuck(p *planner) *gate {
	name := p.busyPool()
	if name == "" {
		return nil
	}
	since, deadline := p.in.NodePools[name].Progress, p.in.Policy.ProgressDeadline
	waiting := p.waiting(name)
	for _, from := range []time.Time{p.in.TargetSince, firstFree(waiting)} {
		if from.After(since) {
			since = from
		}
	}
	if !p.elapsed(since, deadline) {
		return nil
	}
	return &gate{StateProgressDeadlineExceeded, fmt.Sprintf("Karpenter has replaced no node of NodePool %s for %s, and %s not up to "+
		"date. No further node is started. Check the events of node %s and its NodeClaim.", name, message.Duration(deadline),
		message.Count(len(waiting), "node")+" "+message.Verb(len(waiting), "is", "are"), waiting[0].Name)}
}

// firstFree is since when no pod of one of the nodes asks not to be disturbed for some time.
func firstFree(waiting []*Node) time.Time {
	first := slices.MinFunc(waiting, func(a, b *Node) int { return a.FreeSince.Compare(b.FreeSince) })
	return first.FreeSince
}

func (nodePool) progress(p *planner, c Counts) string {
	name := p.busyPool()
	if begun := p.betweenTimes(); name == "" && begun != "" {
		return fmt.Sprintf("%d of %d nodes are up to date. %s No other NodePool is marked before that.", c.Current, c.Total, p.in.NodePools[begun].Refuses.Message)
	}
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
