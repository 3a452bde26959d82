package peeredcluster

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// report writes counts, blocked nodes, canary and preview, and says how far nodes and
// value got.
func (n *nodeRollout) report(planned plan, found *findings) {
	status := &n.Object.Status
	status.Nodes, status.BlockedNodes = nodeCounts(planned.decision.Counts), nil
	for _, node := range planned.decision.BlockedNodes {
		status.BlockedNodes = append(status.BlockedNodes, v1alpha1.BlockedNode{Name: node.Name, Reason: node.Reason, Message: node.Message})
	}
	n.reportCanary(planned.input)
	n.reportPlan(planned.input, planned.decision)
	found.nodes = new(n.judgeNodes(planned.decision))
	for _, remark := range append(slices.Clone(n.unseen), oldStaticPods(planned.input.Nodes)...) {
		found.nodes.Message += " " + remark
	}
	if n.decision.Kind == cilium.KindNativeRoutingCIDR {
		found.configured.written = new(judgeWritten(planned.input, planned.decision, n.decision))
	}
}

// oldStaticPods names what no count shows: an agent that restarted by itself read the value, under pods that only their kubelet
// can give new rules. They are not counted against the value, which nobody can bring to them.
func oldStaticPods(nodes []rollout.Node) []string {
	var pods []string
	for i := range nodes {
		for _, pod := range nodes[i].OldStatic {
			pods = append(pods, pod+" on node "+nodes[i].Name)
		}
	}
	if len(pods) == 0 {
		return nil
	}
	return []string{"Static pods are not counted that keep the routing rules from before their node's agent was recreated, and reach the peer in neither direction: " +
		message.List(pods) + ". Have the kubelet recreate them, or replace the node."}
}

func nodeCounts(counts rollout.Counts) *v1alpha1.NodeCounts {
	return &v1alpha1.NodeCounts{
		Total: int32(counts.Total), Current: int32(counts.Current), Stale: int32(counts.Stale),
		Split: int32(counts.Split), InProgress: int32(counts.InProgress), Blocked: int32(counts.Blocked), Unmanaged: int32(counts.Unmanaged),
	}
}

// reportCanary shows the node that tries the newest revision. That it has passed is
// remembered while the revision is wanted, though the node may be gone.
func (n *nodeRollout) reportCanary(input rollout.Input) {
	was := n.ciliumStatus().Canary
	passed := was != nil && was.Revision == input.Target && was.State == v1alpha1.CanaryPassed
	if !passed {
		n.ciliumStatus().Canary = nil
	}
	for _, node := range input.Nodes {
		record := node.Record
		if record == nil || !record.Canary || record.Revision != input.Target {
			continue
		}
		canary := &v1alpha1.CanaryStatus{Revision: record.Revision, Node: node.Name, State: v1alpha1.CanaryRunning}
		switch {
		case record.Failed != "":
			canary.State, canary.Message = v1alpha1.CanaryFailed, record.Failed
		case !record.Held(), passed:
			canary.State = v1alpha1.CanaryPassed
		}
		n.ciliumStatus().Canary = canary
	}
}
