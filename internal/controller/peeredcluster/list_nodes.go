package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// judgeListNodes says what a list means for nodes: nothing where aws-node renews
// the rules itself; else which pods still have none for the newest blocks.
func (p *pass) judgeListNodes(context.Context) error {
	switch p.decision.Kind {
	case cilium.KindExcludeSNAT:
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.NotRequired, v1alpha1.ReasonNotRequired,
			"aws-node renews the rules of pods that run, so no node is touched.")
	case cilium.KindIPMasqAgent:
		p.judgeIPMasqNodes()
	}
	return nil
}

// judgeIPMasqNodes finds pods from before the list was extended: they have no rule
// for the new blocks. Nodes are not renewed for them, since the damage is done on
// all nodes at once; who has the pods made anew, node by node or by workload, is
// the choice of whoever asked for this strategy.
func (p *pass) judgeIPMasqNodes() {
	mark := p.observed.Facts.IPMasq.Mark
	if mark == nil {
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Wait, v1alpha1.ReasonProgressing, "The list is not written yet.")
		return
	}
	old := p.nodesWithOlderPods(mark.Since.Add(afterReload))
	counts := &v1alpha1.NodeCounts{Total: int32(len(p.observed.Install.Nodes)), Stale: int32(len(old))} //nolint:gosec // nodes of a cluster
	counts.Current = counts.Total - counts.Stale
	p.object.Status.Nodes = counts
	if len(old) == 0 {
		p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Done, v1alpha1.ReasonUpToDate, "Every pod is younger than the ip-masq-agent's list, or its agent renewed its rules.")
		return
	}
	shown := strings.Join(old[:min(len(old), mostUsers)], ", ")
	p.conditions.Set(v1alpha1.ConditionNodesUpToDate, conditions.Held, v1alpha1.ReasonNodesStale, fmt.Sprintf(
		"On %d nodes pods are older than the ip-masq-agent's list and have no rule for its new blocks (%s); make them anew, by draining the nodes or restarting the workloads.", len(old), shown))
}

// nodesWithOlderPods names the nodes with pods that neither started nor had their
// rules renewed after that time.
func (p *pass) nodesWithOlderPods(then time.Time) []string {
	var old []string
	byNode := p.observed.PodsByNode()
	for _, node := range p.observed.Install.Nodes {
		agent := cilium.AgentOn(node.Name, p.observed.Install.AgentPods)
		if agent != nil && cilium.TraitsOf(agent.Version).RestoreFix && agent.Started.After(then) {
			continue
		}
		if slices.ContainsFunc(byNode[node.Name], func(pod *corev1.Pod) bool { return cilium.PodFromPod(pod).OlderThan(then) }) {
			old = append(old, node.Name)
		}
	}
	return old
}

// afterReload is when every agent has read a changed file: the kubelet's
// propagation takes up to 90 s (docs/facts/cilium.md#ip-masq-agent).
const afterReload = 90 * time.Second
