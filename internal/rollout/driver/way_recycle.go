package driver

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// recyclePods empties a node; the ways that give its instance up begin so, too.
var recyclePods = acts{
	rollout.StepCordon:        cordon,
	rollout.StepEvictPods:     drain,
	rollout.StepEvictStranded: evictStranded,
	rollout.StepUncordon:      uncordon,
}

// cordon also asks the pods to leave, as the next reconciliation would.
func cordon(ctx context.Context, on *Cluster, step rollout.Step) error {
	if err := on.mark(ctx, step, new(true)); err != nil {
		return err
	}
	return drain(ctx, on, step)
}

func drain(ctx context.Context, on *Cluster, step rollout.Step) error {
	return on.evict(ctx, step, on.View.LeavingOn(step.Node))
}

func evictStranded(ctx context.Context, on *Cluster, step rollout.Step) error {
	return on.evict(ctx, step, on.View.StrandedOn(step.Node))
}

func (c *Cluster) evict(ctx context.Context, step rollout.Step, pods []*corev1.Pod) error {
	done, err := Evict(ctx, c.Client, &c.evictions, pods, c.Clock.Now())
	if node := c.View.NodeNamed(step.Node); node != nil {
		c.Memory.NoteRefusal(node.UID, done.Refusal)
	}
	return err
}

// uncordon changes nothing but the record on a node that somebody else uncordoned before us.
func uncordon(ctx context.Context, on *Cluster, step rollout.Step) error {
	on.Memory.NoteRefusal(step.NodeUID, "")
	return on.mark(ctx, step, new(false))
}
