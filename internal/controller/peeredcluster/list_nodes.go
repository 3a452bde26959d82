package peeredcluster

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// observeListNodes says what a list means for nodes: nothing where aws-node renews
// the rules itself; else which pods still have none for the newest blocks.
func (c *configuration) observeListNodes(_ context.Context, found *findings) error {
	switch c.decision.Kind {
	case cilium.KindExcludeSNAT:
		found.nodes = new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired, "aws-node renews the rules of running pods, so no node is touched."))
	case cilium.KindIPMasqAgent:
		found.nodes = new(c.ipMasqNodes())
	}
	return nil
}

// ipMasqNodes finds pods from before the list was extended: they have no rule for the
// new blocks. Nodes are not renewed for them, since the damage is done on all nodes at
// once; who has the pods recreated, node by node or by workload, is the choice of
// whoever asked for this strategy.
func (c *configuration) ipMasqNodes() verdict.Verdict {
	mark := c.view.Facts.IPMasq.Mark
	if mark == nil {
		return verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "The list is not written yet.")
	}
	old := c.nodesWithOlderPods(mark.Since.Add(afterReload))
	counts := &v1alpha1.NodeCounts{Total: int32(len(c.view.Install.Nodes)), Stale: int32(len(old))} //nolint:gosec // nodes of a cluster
	counts.Current = counts.Total - counts.Stale
	c.Object.Status.Nodes = counts
	if len(old) == 0 {
		return verdict.New(verdict.Done, v1alpha1.ReasonUpToDate, "Every pod is newer than the ip-masq-agent's list, or its agent renewed its rules.")
	}
	return verdict.Newf(verdict.Held, v1alpha1.ReasonNodesStale,
		"On %s (%s), pods predate the ip-masq-agent's list and have no rule for its new blocks. Recreate them: drain the nodes or restart the workloads.",
		message.Count(len(old), "node"), message.List(old))
}

// nodesWithOlderPods names the nodes with pods that neither started nor had their
// rules renewed after that time.
func (c *configuration) nodesWithOlderPods(then time.Time) []string {
	var old []string
	byNode := c.view.PodsByNode()
	for _, node := range c.view.Install.Nodes {
		agent := cilium.AgentOn(node.Name, c.view.Install.AgentPods)
		if agent != nil && cilium.TraitsOf(agent.Version).RestoreFix && agent.Started.After(then) {
			continue
		}
		if slices.ContainsFunc(byNode[node.Name], func(pod *corev1.Pod) bool { return cilium.PodFromPod(pod).OlderThan(then) }) {
			old = append(old, node.Name)
		}
	}
	return old
}
