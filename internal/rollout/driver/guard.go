package driver

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// guard is a label or an annotation that a node carries while we have it, for others to see. The record remembers that it
// is ours, so that it goes with the cordon, and one that was there before stays.
type guard struct {
	key, value string
	// on gives the labels or annotations of the node.
	on func(*corev1.Node) *map[string]string
	// wanted reports whether a node that we have cordoned needs it.
	wanted func(*corev1.Node, *rollout.Record) bool
	// ours is where the record remembers it.
	ours func(*rollout.Record) *bool
}

var guards = []guard{
	// Karpenter removes a node of its own that is empty (pkg/controllers/disruption/emptiness.go), unless an annotation on
	// the node stops it (ValidateNodeDisruptable in pkg/controllers/state/statenode.go).
	{
		key: podrules.DoNotDisrupt, value: "true", on: annotationsOf, wanted: karpenters,
		ours: func(r *rollout.Record) *bool { return &r.Shielded },
	},
	// Cluster Autoscaler removes nodes with little on them
	// (https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#how-can-i-prevent-cluster-autoscaler-from-scaling-down-a-particular-node).
	{
		key: podrules.ScaleDownDisabled, value: "true", on: annotationsOf,
		wanted: func(node *corev1.Node, record *rollout.Record) bool { return !karpenters(node, record) },
		ours:   func(r *rollout.Record) *bool { return &r.ScaleDownDisabled },
	},
	// Load balancers stop sending traffic to a node before its instance is gone, as when Karpenter drains
	// (pkg/controllers/node/termination/terminator; aws/aws-node-termination-handler#316). The service controller looks at
	// the key alone.
	{
		key: corev1.LabelNodeExcludeBalancers, value: "crossvpc", on: labelsOf,
		wanted: func(_ *corev1.Node, record *rollout.Record) bool { return record.Replace },
		ours:   func(r *rollout.Record) *bool { return &r.Unbalanced },
	},
}

func annotationsOf(node *corev1.Node) *map[string]string { return &node.Annotations }

func labelsOf(node *corev1.Node) *map[string]string { return &node.Labels }

func karpenters(node *corev1.Node, _ *rollout.Record) bool {
	return node.Labels[podrules.NodePoolLabel] != ""
}

// guarded sets and removes what guards a node, and returns the record that says which of it is ours.
func guarded(node *corev1.Node, was, record *rollout.Record) *rollout.Record {
	if was == nil {
		was = &rollout.Record{}
	}
	marked := rollout.Record{}
	if record != nil {
		marked = *record
	}
	for _, g := range guards {
		*g.ours(&marked) = g.keep(node, *g.ours(was), record)
	}
	if record == nil {
		return nil
	}
	return &marked
}

// keep reports whether the guard is on the node, and ours.
func (g guard) keep(node *corev1.Node, ours bool, record *rollout.Record) bool {
	on := g.on(node)
	_, there := (*on)[g.key]
	holds := record != nil && record.Cordoned
	switch {
	case !holds && ours:
		delete(*on, g.key)
		return false
	case !holds || !ours && (there || !g.wanted(node, record)):
		return false
	case !there: // ours, also where somebody removed it
		if *on == nil {
			*on = map[string]string{}
		}
		(*on)[g.key] = g.value
	}
	return true
}
