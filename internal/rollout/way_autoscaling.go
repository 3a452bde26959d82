package rollout

import (
	"cmp"
	"fmt"
)

// WayAutoScaling empties the node and has its Auto Scaling group replace the instance.
const WayAutoScaling Way = "AutoScalingGroup"

// BlockedByGroup names a node whose Auto Scaling group would not replace it.
const BlockedByGroup = "GroupRefuses"

type autoScaling struct{ recyclePods }

func (autoScaling) takes(from Origin, n *Node) bool {
	switch {
	case from.InstanceID == "":
		n.Unmanaged = fmt.Sprintf("The node's providerID %q names no EC2 instance.", from.ProviderID)
	case from.Instance == nil:
		n.Instance = Instance{ID: from.InstanceID}
		n.Unmanaged = fmt.Sprintf("Instance %s is in no Auto Scaling group. Use strategy RecyclePods, or replace the node yourself.", from.InstanceID)
	default:
		n.noteInstance(from)
		n.Unmanaged = from.Unproven.Message
	}
	return true
}

// applies: the canary is always renewed in place. It ends empty and current, so there would be nothing to gain from
// replacing it too. So is a node that runs in a warm pool: Auto Scaling terminates none there on request
// (docs/facts/rollout.md#how-an-instance-is-replaced).
func (autoScaling) applies(p *planner, n *Node) bool { return p.released() && !n.Instance.Warm }

func (autoScaling) refuses(p *planner, n *Node) *Finding {
	if refuses := p.in.Groups[n.Instance.Group].Refuses; refuses != "" {
		return &Finding{Reason: BlockedByGroup, Message: refuses}
	}
	return nil
}

// obstacle: what is on the node's own disks would be lost. To renew it in place keeps it.
func (w autoScaling) obstacle(p *planner, n *Node) *Finding {
	return cmp.Or(w.recyclePods.obstacle(p, n), n.lost(), p.otherTemplate(n))
}

// otherTemplate says what a successor would bring beside the value, until somebody approves of the revision: that is a change of
// the nodes as an update of Cilium is one. A node that is renewed in place has no successor.
func (p *planner) otherTemplate(n *Node) *Finding {
	if n.Record != nil && n.Record.SuccessorOf != "" || p.in.Policy.Approved == p.in.Target {
		return nil
	}
	why := p.in.Groups[n.Instance.Group].otherTemplate(n.Instance)
	if why == nil {
		return nil
	}
	return &Finding{Reason: why.Reason, Message: why.Message + fmt.Sprintf(" Replace them yourself first (instance refresh), or set spec.rollout.approvedRevision to %s "+
		"to have crossvpc replace them, or spec.rollout.strategy to RecyclePods.", p.in.Target)}
}

// begin also says that the node is not to come back: load balancers need not send it traffic any more.
func (autoScaling) begin(p *planner, n *Node, canary bool) {
	record := p.cordonRecord(n, canary)
	record.Replace = true
	p.mark(StepCordon, n, record, p.whyStarted(n, canary))
}

func (w autoScaling) advance(p *planner, n *Node) {
	if n.Record.Processed() {
		p.finish(n, w)
		return
	}
	if why := cmp.Or(n.lost(), p.otherTemplate(n)); why != nil {
		p.giveBack(n, *why)
		return
	}
	p.drain(n, func(n *Node) { w.process(p, n) })
}

// process replaces an empty node, except one that came for this revision and does not have its value: whatever kept it
// from it might keep its own successor from it too, without end. It waits until the volumes of the pods that left are
// detached, as long as a drain may take: pods elsewhere wait for six minutes for a volume of an instance that is gone.
func (w autoScaling) process(p *planner, n *Node) {
	switch {
	case n.Record.SuccessorOf != "":
		p.process(n)
	case len(n.Attached) > 0 && !p.elapsed(n.Record.StartTime, p.in.Policy.DrainTimeout):
		p.lookAgainIn(evictAgain)
	default:
		w.replace(p, n)
	}
}

// replace gives up an instance of which AWS says that it belongs to a group of this cluster (N4), and that the group would replace
// (docs/facts/rollout.md#how-an-instance-is-replaced).
func (w autoScaling) replace(p *planner, n *Node) {
	refuses := w.refuses(p, n)
	switch {
	case n.Unproven != "":
		p.giveBack(n, Finding{Reason: BlockedUnmanaged, Message: n.Unproven})
	case n.Instance.ID == "" || n.Instance.Group == "":
		p.giveBack(n, Finding{Reason: BlockedUnmanaged, Message: "Cannot confirm the Auto Scaling group of the node's instance."})
	case refuses != nil:
		p.giveBack(n, *refuses)
	default:
		r := Replacement{InstanceID: n.Instance.ID, Group: n.Instance.Group, Since: p.in.Now}
		p.add(Step{Kind: StepRecordReplacement, Replacement: &r})
		p.giveUp(r, n)
	}
}
