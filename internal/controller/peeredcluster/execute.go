package peeredcluster

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/executor"
)

// execute carries out what the planner decided on.
func (p *pass) execute(ctx context.Context, steps []rollout.Step) error {
	e := &executor.Executor{
		Client: p.connection.Client, View: p.observed,
		Selector: p, Recorder: p, Teller: p, Scaling: p,
		Clock: p.Clock, Memory: &p.memory.executor,
	}
	return e.Execute(ctx, steps)
}

// RecordReplacements adds them to status.
func (p *pass) RecordReplacements(ctx context.Context, replacements []rollout.Replacement) error {
	for _, replacement := range replacements {
		p.object.Status.Replacements = append(p.object.Status.Replacements, v1alpha1.Replacement{
			InstanceID: replacement.InstanceID, Group: replacement.Group, Since: metav1.NewTime(replacement.Since),
		})
	}
	return p.persist(ctx)
}

// ClearReplacements takes them out of status.
func (p *pass) ClearReplacements(ctx context.Context, replacements []rollout.Replacement) error {
	p.object.Status.Replacements = slices.DeleteFunc(p.object.Status.Replacements, func(recorded v1alpha1.Replacement) bool {
		return slices.ContainsFunc(replacements, func(r rollout.Replacement) bool { return r.InstanceID == recorded.InstanceID })
	})
	return p.persist(ctx)
}

// RecordNodePool notes which mark a NodePool gets, and forgets the NodePools that are gone.
func (p *pass) RecordNodePool(ctx context.Context, name, mark string) error {
	p.object.Status.NodePools = slices.DeleteFunc(p.object.Status.NodePools, func(noted v1alpha1.NodePoolMark) bool {
		_, there := p.observed.Karpenter.Pools[noted.Name]
		return noted.Name == name || !there
	})
	p.object.Status.NodePools = append(p.object.Status.NodePools, v1alpha1.NodePoolMark{Name: name, Value: mark, Since: metav1.NewTime(p.start)})
	return p.persist(ctx)
}

// NodePoolMarked notes that the mark is there.
func (p *pass) NodePoolMarked(ctx context.Context, name string) error {
	p.notedNodePool(name).Seen = true
	return p.persist(ctx)
}

// Tell logs a step, and makes an event of those that a person would want to know of
// afterwards.
func (p *pass) Tell(ctx context.Context, step rollout.Step) {
	ctrl.LoggerFrom(ctx).Info("rollout", "step", step.String())
	switch step.Kind {
	case rollout.StepCordon, rollout.StepUncordon, rollout.StepBegin, rollout.StepFinish, rollout.StepForget, rollout.StepTerminateInstance, rollout.StepMarkNodePool, rollout.StepReleaseForAll:
		p.tell(corev1.EventTypeNormal, string(step.Kind), step.String())
	case rollout.StepMarkFailed, rollout.StepRevertCanary:
		p.tell(corev1.EventTypeWarning, string(step.Kind), step.String())
	}
}
