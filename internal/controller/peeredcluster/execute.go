package peeredcluster

import (
	"context"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/executor"
)

// execute carries out what the planner decided on.
func (n *nodeRollout) execute(ctx context.Context, steps []rollout.Step) error {
	e := &executor.Executor{
		Cluster: &driver.Cluster{
			Client: n.connection.Client, View: n.view, Memory: &n.memory.executor,
			Recorder: n, Scaling: n, Prover: n, Clock: n.clock,
		},
		Selector: n, Recorder: n, Teller: n, Memory: &n.memory.executor,
	}
	return e.Execute(ctx, steps)
}

// RecordReplacements adds them to status.
func (n *nodeRollout) RecordReplacements(ctx context.Context, replacements []rollout.Replacement) error {
	for _, replacement := range replacements {
		n.Object.Status.Replacements = append(n.Object.Status.Replacements, v1alpha1.Replacement{
			InstanceID: replacement.InstanceID, Group: replacement.Group, Since: metav1.NewTime(replacement.Since),
		})
	}
	return n.Persist(ctx)
}

// ClearReplacements takes them out of status.
func (n *nodeRollout) ClearReplacements(ctx context.Context, replacements []rollout.Replacement) error {
	n.Object.Status.Replacements = slices.DeleteFunc(n.Object.Status.Replacements, func(recorded v1alpha1.Replacement) bool {
		return slices.ContainsFunc(replacements, func(r rollout.Replacement) bool { return r.InstanceID == recorded.InstanceID })
	})
	return n.Persist(ctx)
}

// RecordNodePool notes which mark a NodePool gets, and forgets the NodePools that are gone.
func (n *nodeRollout) RecordNodePool(ctx context.Context, name, mark string) error {
	n.Object.Status.NodePools = slices.DeleteFunc(n.Object.Status.NodePools, func(noted v1alpha1.NodePoolMark) bool {
		_, there := n.view.Karpenter.Pools[noted.Name]
		return noted.Name == name || !there
	})
	n.Object.Status.NodePools = append(n.Object.Status.NodePools, v1alpha1.NodePoolMark{Name: name, Value: mark, Since: metav1.NewTime(n.start)})
	return n.Persist(ctx)
}

// NodePoolMarked notes that the mark is there.
func (n *nodeRollout) NodePoolMarked(ctx context.Context, name string) error {
	n.notedNodePool(name).Seen = true
	return n.Persist(ctx)
}

// Tell logs a step, and emits an event for those that a person wants to know of afterwards.
func (n *nodeRollout) Tell(ctx context.Context, step rollout.Step) {
	ctrl.LoggerFrom(ctx).Info("Rollout: " + step.String())
	switch event := eventOf(step); {
	case requestedBefore(step, &n.memory.executor):
	case event.warning:
		n.events.Warn(event.reason, action, event.note)
	case event.reason != "":
		n.events.Tell(event.reason, action, event.note)
	}
}
