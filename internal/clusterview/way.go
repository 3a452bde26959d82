package clusterview

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// showDriver says how a node is brought up to date: each by its own driver.
func (v *View) showDriver(q Question, node *corev1.Node, shown *rollout.Node) {
	replaces := q.Mechanism.Strategy == v1alpha1.RolloutReplaceNodes
	switch owner := v.Karpenter.OwnerOf(node); {
	case !replaces || owner == nil:
		shown.Driver, shown.DriverReason, shown.Instance = driverOf(node, q.Mechanism.Strategy, q.Instances)
	case owner.Unmanaged != "":
		shown.DriverReason = owner.Unmanaged
	default:
		shown.Driver, shown.NodePool, shown.Mark = rollout.DriverNodePool, owner.NodePool, owner.Mark
	}
	shown.Instance.Leaving = shown.Instance.Leaving || podrules.Disrupted(node)
}

// driverOf: how a node is brought up to date, or why it is not touched.
func driverOf(node *corev1.Node, strategy v1alpha1.RolloutStrategy, instances map[string]rollout.Instance) (rollout.Driver, string, rollout.Instance) {
	id, ok := podrules.InstanceID(node.Spec.ProviderID)
	switch strategy {
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

// InstanceIDs are the EC2 instances that the nodes name, sorted, each once.
func (v *View) InstanceIDs() []string {
	var ids []string
	for i := range v.Nodes {
		if id, ok := podrules.InstanceID(v.Nodes[i].Spec.ProviderID); ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
