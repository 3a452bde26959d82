package clusterview

import (
	"cmp"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// Question is what is asked of the nodes, and what is known of them from elsewhere.
type Question struct {
	// Now is the time of the reconciliation: what pods ask for may be for a while only.
	Now time.Time
	// Desired is the value that every node should run; the zero prefix: none.
	Desired netip.Prefix
	// History of the value that agents which start are told.
	History cilium.History
	// ValueOf is the value of a revision; the zero prefix where nobody knows it.
	ValueOf func(revision string) netip.Prefix
	// Choice is how nodes are brought up to date.
	Choice rollout.Choice
	// ForcedEvictions: Karpenter may force out what asks not to be disturbed, where a NodePool says so.
	ForcedEvictions bool
	// Instances are the EC2 instances behind the nodes, by id, where they matter.
	Instances map[string]rollout.Instance
	// Unproven says of nodes, by name, why their instances are not proven to be theirs.
	Unproven map[string]proof.Refusal
	// RefusalOn says which eviction was refused last on a node that is being emptied.
	RefusalOn func(node types.UID) string
}

// RolloutNodes are the nodes as the planner wants them, each judged against the
// value that it should run. Lost says why no state can be trusted; empty when all can.
func (v *View) RolloutNodes(q Question) (nodes []rollout.Node, lost string) {
	v.IndexNodes()
	judgement := cilium.Judgement{Desired: q.Desired, History: q.History}
	byNode := v.PodsByNode()
	for i := range v.Nodes {
		node := &v.Nodes[i]
		if v.RunsNoAgent(node) {
			continue
		}
		shown := v.rolloutNode(q, node, byNode[node.Name])
		state := judgement.Judge(v.evidence(q, node, shown.Record, byNode[node.Name]))
		shown.Freshness, shown.OldStatic = rollout.Freshness(state.State), state.OldStatic
		if state.Reason == cilium.ReasonEvidenceLost && lost == "" {
			lost = fmt.Sprintf("node %s: %s", node.Name, state.Message)
		}
		nodes = append(nodes, shown)
	}
	return nodes, lost
}

// rolloutNode reads one node, without the state.
func (v *View) rolloutNode(q Question, node *corev1.Node, pods []*corev1.Pod) rollout.Node {
	shown := rollout.Node{
		Name: node.Name, UID: node.UID, Hostname: node.Labels[corev1.LabelHostname], Zone: node.Labels[corev1.LabelTopologyZone],
		Created: node.CreationTimestamp.Time, Unschedulable: node.Spec.Unschedulable, Deleting: node.DeletionTimestamp != nil,
		Record: RecordOf(node),
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			shown.Ready, shown.ReadySince = condition.Status == corev1.ConditionTrue, condition.LastTransitionTime.Time
		}
	}
	v.showWay(q, node, &shown)
	shown.Agent, shown.AgentBarred = rolloutAgent(v.AgentPod(node.Name)), v.agentBarred(node)
	shown.Undrainable = podrules.NodeRefusal(node, shown.Record.HasShield())
	shown.Refusal = q.RefusalOn(node.UID)
	shown.LocalData = v.Storage.LocalTo(node, pods)
	v.countPods(q.Now, &shown, pods)
	if shown.NodePool != "" {
		note(&shown.Exposed, shown.LocalData)
	}
	return shown
}

// countPods counts what a drain has to remove and what it leaves that is older
// than the agent, and finds what will not let the node be drained, or renewed.
func (v *View) countPods(now time.Time, shown *rollout.Node, pods []*corev1.Pod) {
	agent, cordoned := v.AgentPod(shown.Name), shown.Record.CordonedSince()
	var staying []*corev1.Pod
	for _, pod := range pods {
		v.noteForKarpenter(now, shown, pod)
		class := podrules.ClassOf(pod, cordoned)
		if class != podrules.ClassLeaves && class != podrules.ClassFinished {
			staying = append(staying, pod)
		}
		switch class {
		case podrules.ClassLeaves:
			v.countLeaving(now, shown, pod)
		case podrules.ClassStays:
			if !renewsRules(agent) {
				v.countStaying(now, shown, pod, agent)
			}
		case podrules.ClassStatic:
			if !renewsRules(agent) {
				note(&shown.Unrenewable, podrules.KeepsRules(pod))
			}
		}
	}
	shown.Attached = v.Storage.StillAttached(shown.Name, staying)
}

func (v *View) countLeaving(now time.Time, shown *rollout.Node, pod *corev1.Pod) {
	shown.Evictable++
	note(&shown.Undrainable, v.undrainable(pod, now))
	note(&shown.Held, podrules.Held(pod, now))
	if shown.NodePool != "" {
		note(&shown.Exposed, podrules.Exposed(pod, now))
	}
}

// noteForKarpenter finds what Karpenter would wait for, or has waited for, or would force out, on a node of its own.
func (v *View) noteForKarpenter(now time.Time, shown *rollout.Node, pod *corev1.Pod) {
	if shown.NodePool == "" {
		return
	}
	if ended := podrules.ProtectionEnded(pod, now); ended.After(shown.FreeSince) {
		shown.FreeSince = ended
	}
	switch {
	case shown.Forced:
	case shown.ForcedAfter != "":
		note(&shown.Exposed, v.deadlocks().Forced(pod, now, shown.NodePool, shown.ForcedAfter))
	default:
		note(&shown.Undisruptable, v.deadlocks().Undisruptable(pod, now))
	}
}

// countStaying: it is evicted above the new agent, if it is older. One that a finalizer keeps would not come back.
func (v *View) countStaying(now time.Time, shown *rollout.Node, pod, agent *corev1.Pod) {
	if stranded(pod, agent) {
		shown.Stranded++
		if shown.Record.Held() && shown.Record.Processed() { // what is left of a renewal that is finished says nothing
			note(&shown.Held, podrules.Held(pod, now))
		}
	}
	note(&shown.Unrenewable, cmp.Or(v.undrainable(pod, now), podrules.Held(pod, now)))
}

// note keeps the first finding of its kind.
func note(kept **rollout.Finding, found *rollout.Finding) {
	if *kept == nil {
		*kept = found
	}
}

// undrainable says why a pod will never be let go; nil where it will.
func (v *View) undrainable(pod *corev1.Pod, now time.Time) *rollout.Finding {
	if refusal := podrules.Refusal(pod, now); refusal != nil {
		return refusal
	}
	return v.deadlocks().Deadlock(pod)
}
