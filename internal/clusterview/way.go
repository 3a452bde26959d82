package clusterview

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// showWay says how a node is renewed, and what its way has to know.
func (v *View) showWay(q Question, node *corev1.Node, shown *rollout.Node) {
	from := rollout.Origin{ProviderID: node.Spec.ProviderID, Karpenter: v.Karpenter.OwnerOf(node)}
	from.InstanceID, _ = podrules.InstanceID(node.Spec.ProviderID)
	if instance, ok := q.Instances[from.InstanceID]; ok {
		from.Instance = &instance
	}
	from.Unproven = q.Unproven[node.Name]
	rollout.Assign(q.Choice.Strategy, from, shown)
	shown.Forced = shown.ForcedAfter != "" && q.ForcedEvictions
	if !shown.Instance.Warm || !podrules.Stopped(node) { // a stopped machine of a warm pool comes back
		shown.LeavingTaint = podrules.LeavingBy(node)
	}
}

// StoppedInstanceIDs are the EC2 instances of nodes that are stopped, as those of a warm pool are, sorted.
func (v *View) StoppedInstanceIDs() []string {
	var ids []string
	for i := range v.Nodes {
		if id, ok := podrules.InstanceID(v.Nodes[i].Spec.ProviderID); ok && podrules.Stopped(&v.Nodes[i]) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Claims are the EC2 instances that the nodes say they run on.
func (v *View) Claims() []proof.Claim {
	var claims []proof.Claim
	for i := range v.Nodes {
		node := &v.Nodes[i]
		if id, ok := podrules.InstanceID(node.Spec.ProviderID); ok {
			claims = append(claims, proof.Claim{Node: node.Name, InstanceID: id, Zone: podrules.InstanceZone(node.Spec.ProviderID)})
		}
	}
	return claims
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
