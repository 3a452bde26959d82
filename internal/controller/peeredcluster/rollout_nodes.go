package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// nodesSeen is the cluster's nodes as the planner wants them.
type nodesSeen struct {
	nodes []rollout.Node
	// lost says why no verdict can be trusted; empty when they can.
	lost string
}

// rolloutNodes judges every node against the value that it should run.
func (p *pass) rolloutNodes(ctx context.Context, value netip.Prefix) (nodesSeen, map[string]rollout.Group, error) {
	instances, groups, err := p.observeGroups(ctx)
	if err = errors.Join(err, p.observeKarpenter(ctx)); err != nil {
		return nodesSeen{}, nil, err
	}
	p.observed.indexNodes()
	if p.decision.SetByOthers {
		value = p.decision.Needed
	}
	judgement := cilium.Judgement{Desired: value, History: readHistory(p.ciliumStatus().History)}
	byNode := podsByNode(p.observed.pods)
	var seen nodesSeen
	for i := range p.observed.nodes {
		node := &p.observed.nodes[i]
		if p.observed.without(node) {
			continue
		}
		view := p.viewNode(node, byNode[node.Name], instances)
		verdict := judgement.Judge(p.evidence(node, view.Record, byNode[node.Name]))
		view.Verdict = rollout.Verdict(verdict.State)
		if verdict.Reason == cilium.ReasonEvidenceLost && seen.lost == "" {
			seen.lost = fmt.Sprintf("node %s: %s", node.Name, verdict.Message)
		}
		seen.nodes = append(seen.nodes, view)
	}
	return seen, groups, nil
}

func podsByNode(pods []corev1.Pod) map[string][]*corev1.Pod {
	found := map[string][]*corev1.Pod{}
	for i := range pods {
		found[pods[i].Spec.NodeName] = append(found[pods[i].Spec.NodeName], &pods[i])
	}
	return found
}

// viewNode reads one node, without the verdict.
func (p *pass) viewNode(node *corev1.Node, pods []*corev1.Pod, instances map[string]rollout.Instance) rollout.Node {
	view := rollout.Node{
		Name: node.Name, UID: node.UID, Hostname: node.Labels[corev1.LabelHostname], Zone: node.Labels[corev1.LabelTopologyZone],
		Created: node.CreationTimestamp.Time, Unschedulable: node.Spec.Unschedulable, Deleting: node.DeletionTimestamp != nil,
		Record: recordOf(node),
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			view.Ready, view.ReadySince = condition.Status == corev1.ConditionTrue, condition.LastTransitionTime.Time
		}
	}
	p.viewDriver(node, &view, instances)
	view.Agent = agentView(p.agentPod(node.Name))
	view.Undrainable = podrules.NodeRefusal(node, view.Record.HasShield())
	view.Refusal = p.refusalOn(node.UID)
	p.countPods(&view, pods)
	return view
}

// recordOf: an annotation that can't be read counts as none, so that a cordon
// beside it counts as somebody else's (N3).
func recordOf(node *corev1.Node) *rollout.Record {
	value, marked := node.Annotations[rollout.Annotation]
	if !marked {
		return nil
	}
	record, err := rollout.ParseRecord(value)
	if err != nil {
		return nil
	}
	return record
}

// driverOf: how a node is brought up to date, or why it is not touched.
func (p *pass) driverOf(node *corev1.Node, instances map[string]rollout.Instance) (rollout.Driver, string, rollout.Instance) {
	id, ok := podrules.InstanceID(node.Spec.ProviderID)
	switch p.mechanism.Strategy {
	case v1alpha1.RolloutReplaceNodes:
	case v1alpha1.RolloutRestartAgents:
		return rollout.DriverRestart, "", instances[id]
	default:
		return rollout.DriverRecycle, "", instances[id]
	}
	if !ok {
		return rollout.DriverNone, fmt.Sprintf("its providerID %q names no EC2 instance", node.Spec.ProviderID), rollout.Instance{}
	}
	instance, ok := instances[id]
	if !ok {
		return rollout.DriverNone, fmt.Sprintf("instance %s is in no Auto Scaling group: use strategy RecyclePods, or replace it by hand", id), rollout.Instance{ID: id}
	}
	return rollout.DriverAutoScalingGroup, "", instance
}

func (p *pass) agentPod(node string) *corev1.Pod {
	var picked *corev1.Pod
	for _, pod := range p.observed.agentsOn(node) {
		if picked == nil || newerAgent(pod, picked) {
			picked = pod
		}
	}
	return picked
}

// newerAgent agrees with cilium.AgentOn, by which a node is judged: one that stays comes before one that goes.
func newerAgent(pod, than *corev1.Pod) bool {
	if goes := pod.DeletionTimestamp != nil; goes != (than.DeletionTimestamp != nil) {
		return !goes
	}
	return pod.CreationTimestamp.After(than.CreationTimestamp.Time)
}

func agentView(pod *corev1.Pod) *rollout.Agent {
	if pod == nil {
		return nil
	}
	read := cilium.AgentFromPod(pod)
	agent := &rollout.Agent{UID: pod.UID, Ready: read.Ready, CrashLooping: read.CrashLooping, Deleting: read.Deleting}
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			agent.ReadySince = condition.LastTransitionTime.Time
		}
	}
	return agent
}

// countPods counts what a drain has to remove and what it leaves that is older
// than the agent, and finds what will never let the node be drained.
func (p *pass) countPods(view *rollout.Node, pods []*corev1.Pod) {
	agent, cordoned := p.agentPod(view.Name), view.Record.CordonedSince()
	for _, pod := range pods {
		switch {
		case podrules.Leaves(pod, cordoned):
			view.Evictable++
			if view.NodePool != "" && view.Exposed == nil {
				view.Exposed = podrules.Exposed(pod)
			}
			if view.Undrainable == nil {
				view.Undrainable = firstFinding(podrules.Refusal(pod), p.observed.deadlocks().Deadlock(pod))
			}
		case podrules.Stays(pod, cordoned) && !renewsRules(agent):
			if stranded(pod, agent) {
				view.Stranded++
			}
			if view.Driver == rollout.DriverRecycle && view.Undrainable == nil { // it is evicted above the new agent
				view.Undrainable = firstFinding(podrules.Refusal(pod), p.observed.deadlocks().Deadlock(pod))
			}
		}
	}
}

func firstFinding(findings ...*rollout.Finding) *rollout.Finding {
	for _, finding := range findings {
		if finding != nil {
			return finding
		}
	}
	return nil
}

// stranded: older than its node's agent, so with the rules of the agent before,
// unless this one gave it new ones.
func stranded(pod, agent *corev1.Pod) bool {
	if agent == nil || pod.Status.StartTime == nil || renewsRules(agent) {
		return false
	}
	return !pod.Status.StartTime.After(cilium.AgentFromPod(agent).Started)
}

// renewsRules: the agent gives pods from before it the rules that they need (the restore fix).
func renewsRules(agent *corev1.Pod) bool {
	return agent != nil && cilium.TraitsOf(cilium.AgentFromPod(agent).Version).RestoreFix
}
