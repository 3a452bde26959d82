package clusterview

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// IsAgent reports whether a pod is an agent of Cilium's DaemonSet.
func (v *View) IsAgent(pod *corev1.Pod) bool {
	if v.Install.DaemonSet == nil {
		return false
	}
	for _, owner := range pod.OwnerReferences {
		if owner.UID == v.Install.DaemonSet.UID && owner.Controller != nil && *owner.Controller {
			return true
		}
	}
	return false
}

// RunsNoAgent reports whether the node runs no agent of this Cilium, and is never
// touched: also because the agent's DaemonSet puts none there, as by its node affinity
// (cilium.io/no-schedule) or for a taint. A node that we hold is not let out of sight.
func (v *View) RunsNoAgent(node *corev1.Node) bool {
	if cilium.RunsNoAgent(node.Labels) {
		return true
	}
	return v.Install.DaemonSet != nil && len(v.agentsOn(node.Name)) == 0 && !RecordOf(node).Held() && v.agentBarred(node) != ""
}

// NodesWithoutAgent counts the nodes that run no agent of this Cilium.
func (v *View) NodesWithoutAgent() int {
	count := 0
	for i := range v.Nodes {
		if v.RunsNoAgent(&v.Nodes[i]) {
			count++
		}
	}
	return count
}

// agentsOn are the agent's pods on a node: two while one is being deleted.
func (v *View) agentsOn(node string) []*corev1.Pod {
	if v.index.agents == nil {
		v.index.agents = map[string][]*corev1.Pod{}
		for _, pod := range v.liveAgents() {
			v.index.agents[pod.Spec.NodeName] = append(v.index.agents[pod.Spec.NodeName], pod)
		}
	}
	return v.index.agents[node]
}

func (v *View) liveAgents() []*corev1.Pod {
	var live []*corev1.Pod
	for i := range v.Install.AgentPods {
		pod := &v.Install.AgentPods[i]
		if pod.Status.Phase != corev1.PodFailed && pod.Status.Phase != corev1.PodSucceeded { // evicted by its kubelet, say
			live = append(live, pod)
		}
	}
	return live
}

// AgentPod is the agent's pod by which a node is judged; nil where there is none.
func (v *View) AgentPod(node string) *corev1.Pod {
	var picked *corev1.Pod
	for _, pod := range v.agentsOn(node) {
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

// rolloutAgent is the agent's pod as the planner wants it.
func rolloutAgent(pod *corev1.Pod) *rollout.Agent {
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

// stranded reports whether a pod is older than its node's agent, so that it has the
// rules of the agent before, unless this one gave it new ones.
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
