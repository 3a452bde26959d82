package rollout

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// renewer decides on the nodes that are renewed in one way. What all ways have in common (to drain a node, to wait for
// its new agent, to give it back) is the planner's.
type renewer interface {
	// takes reports whether nodes of the origin are renewed so, and notes on the node what its way has to know. A node
	// that would be, and that nothing may touch, is noted as Unmanaged.
	takes(Origin, *Node) bool
	// applies reports whether the node is renewed so now; it is renewed in place otherwise.
	applies(*planner, *Node) bool
	// refuses says why the node can't be renewed so, whatever state it is in; nil: it can.
	refuses(*planner, *Node) *Finding
	// obstacle says what blocks starting on the node now; nil: nothing.
	obstacle(*planner, *Node) *Finding
	// begin starts work on the node.
	begin(p *planner, n *Node, canary bool)
	// advance takes the next step on a node that is in progress.
	advance(*planner, *Node)
}

// delegate is a way in which somebody else replaces the nodes, many at a time, once they are told to.
type delegate interface {
	// tell has the next nodes replaced.
	tell(*planner)
	// waits reports whether there is somebody to tell.
	waits(*planner) bool
	// stuck is closed while nodes could be replaced and none has been for too long.
	stuck(*planner) *gate
	// progress says what is being replaced; empty: nothing is.
	progress(*planner, Counts) string
	// goesOn is what to add where we start nothing and they do not stop for that.
	goesOn(*planner) string
}

// renewal is a way's line in the table of ways.
type renewal struct {
	way Way
	// strategy is with which nodes are renewed so.
	strategy v1alpha1.RolloutStrategy
	renewer
	// lasts is how long a node takes besides minReady: a rough figure, for people who plan a night.
	lasts time.Duration
	// underPods: the pods stay on the node meanwhile, without a cordon. It uses the budget for as long as it is in progress,
	// and one node is at a time: an agent's restart can cost a node minutes of traffic (cilium/cilium#45077).
	underPods bool
}

// restarts reports whether the node stays, and its agent is restarted.
func (r *renewal) restarts(all table) bool { return r.underPods || r.way == all.inPlace().way }

// wayOf is how a node is renewed that is not in progress; nil: in no way.
func (p *planner) wayOf(n *Node) *renewal {
	own := p.ways.named(n.Way)
	if own != nil && !own.applies(p, n) {
		return p.ways.inPlace()
	}
	return own
}

// wayInProgress is how a node goes on that is in progress: as its record says, no matter what could be begun on it now.
func (p *planner) wayInProgress(n *Node) *renewal {
	own := p.wayOf(n)
	switch {
	case n.agentOnly():
		return p.ways.agentOnly()
	case own == nil || own.underPods:
		return p.ways.inPlace()
	default:
		return own
	}
}

// delegated reports whether somebody else replaces the node.
func (p *planner) delegated(n *Node) bool {
	w := p.wayOf(n)
	if w == nil {
		return false
	}
	_, is := w.renewer.(delegate)
	return is
}

// underPods reports whether the pods may stay on a node that is begun on.
func (p *planner) underPods(n *Node) bool {
	own := p.ways.named(n.Way)
	return own != nil && own.underPods
}

// table is the ways that a planner knows.
type table []renewal

func (t table) assign(strategy v1alpha1.RolloutStrategy, from Origin, n *Node) {
	n.Unproven = from.Unproven.Message
	for i := range t {
		if t[i].strategy == strategy && t[i].takes(from, n) {
			n.Way = t[i].way
			break
		}
	}
	switch {
	case n.Unmanaged != "":
		n.Way = WayNone
	case n.Way == WayNone:
		t.inPlace().takes(from, n)
		n.Way = t.inPlace().way
	}
}

// named finds a way; nil where there is none.
func (t table) named(way Way) *renewal {
	for i := range t {
		if t[i].way == way {
			return &t[i]
		}
	}
	return nil
}

// inPlace is the way of nodes that no other takes, and of those whose own can't be gone yet.
func (t table) inPlace() *renewal { return &t[len(t)-1] }

// agentOnly is the way of nodes whose record says so.
func (t table) agentOnly() *renewal {
	for i := range t {
		if t[i].underPods {
			return &t[i]
		}
	}
	return t.inPlace()
}

func (t table) delegates() []delegate {
	var found []delegate
	for i := range t {
		if d, is := t[i].renewer.(delegate); is {
			found = append(found, d)
		}
	}
	return found
}

// Origin is what is known of where a node comes from, by which its way is picked.
type Origin struct {
	// ProviderID is the node's spec.providerID, and InstanceID the EC2 instance that it names; empty: none.
	ProviderID, InstanceID string
	// Instance is what Auto Scaling says of the instance; nil where it is in no group, or nobody asked.
	Instance *Instance
	// Unproven says why the instance is not proven to be the node's.
	Unproven proof.Refusal
	// Karpenter is what Karpenter makes of the node; nil where it is not Karpenter's.
	Karpenter *podrules.Ownership
}
