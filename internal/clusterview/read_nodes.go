package clusterview

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// ReadNodesAndPods reads nodes, pods and budgets, also for a second time: what was
// indexed of them is forgotten.
func (v *View) ReadNodesAndPods(ctx context.Context, kube client.Client) error {
	var nodes corev1.NodeList
	if err := kube.List(ctx, &nodes); err != nil {
		return fmt.Errorf("listing nodes: %w", err)
	}
	var pods corev1.PodList
	if err := kube.List(ctx, &pods); err != nil {
		return fmt.Errorf("listing pods: %w", err)
	}
	var budgets policyv1.PodDisruptionBudgetList
	if err := kube.List(ctx, &budgets); err != nil {
		return fmt.Errorf("listing PodDisruptionBudgets: %w", err)
	}
	v.Nodes, v.Pods, v.Budgets = nodes.Items, pods.Items, budgets.Items
	v.index = index{}
	v.Install.AgentPods = v.agentPods()
	v.Install.Nodes = v.ciliumNodes()
	return nil
}

func (v *View) agentPods() []corev1.Pod {
	var agents []corev1.Pod
	for i := range v.Pods {
		if v.IsAgent(&v.Pods[i]) {
			agents = append(agents, v.Pods[i])
		}
	}
	return agents
}

// ciliumNodes are the nodes as internal/cilium wants them, without those that run no agent.
func (v *View) ciliumNodes() []cilium.Node {
	var nodes []cilium.Node
	for i := range v.Nodes {
		if node := &v.Nodes[i]; !v.RunsNoAgent(node) {
			nodes = append(nodes, cilium.Node{Name: node.Name, Labels: node.Labels, Annotations: node.Annotations})
		}
	}
	return nodes
}

// ReadKarpenter reads Karpenter's NodePools and NodeClaims, if any node is Karpenter's.
func (v *View) ReadKarpenter(ctx context.Context, kube client.Client) error {
	if !podrules.UsesKarpenter(v.Nodes) {
		return nil
	}
	var err error
	v.Karpenter, err = ReadKarpenter(ctx, kube)
	return err
}
