package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// applyStep carries out one step; each is safe to repeat.
func (p *pass) applyStep(ctx context.Context, step rollout.Step) error {
	switch step.Kind {
	case rollout.StepCordon:
		return p.cordon(ctx, step)
	case rollout.StepUncordon:
		p.forgetRefusal(step.NodeUID)
		return p.mark(ctx, step, new(false))
	case rollout.StepBegin, rollout.StepFinish, rollout.StepForget, rollout.StepMarkProcessed, rollout.StepMarkRestart, rollout.StepMarkFailed, rollout.StepMarkSuccessor:
		return p.mark(ctx, step, nil)
	case rollout.StepEvictPods:
		return p.drain(ctx, step.Node)
	case rollout.StepEvictStranded:
		return p.evictStranded(ctx, step.Node)
	case rollout.StepRestartAgent:
		return p.restartAgent(ctx, step)
	case rollout.StepTerminateInstance:
		p.forgetRefusal(step.NodeUID)
		return p.terminate(ctx, step)
	case rollout.StepMarkNodePool:
		return p.markNodePool(ctx, step)
	case rollout.StepWriteCanaryConfig, rollout.StepReleaseForAll, rollout.StepUpdateHoldBack, rollout.StepRevertCanary:
		return p.writeConfig(ctx, *step.Selection)
	default:
		return fmt.Errorf("unknown step %s", step.Kind)
	}
}

// cordon also asks the pods to leave, as the next pass would.
func (p *pass) cordon(ctx context.Context, step rollout.Step) error {
	if err := p.mark(ctx, step, new(true)); err != nil {
		return err
	}
	return p.drain(ctx, step.Node)
}

// mark writes our annotation, and the cordon with it. Uncordoning a node that
// somebody else uncordoned before us changes nothing but the annotation.
func (p *pass) mark(ctx context.Context, step rollout.Step, cordon *bool) error {
	node := p.observed.NodeNamed(step.Node)
	if node == nil {
		return fmt.Errorf("node %s is not there any more", step.Node)
	}
	return driver.Mark{Node: step.Node, NodeUID: step.NodeUID, Record: step.Record, Cordon: cordon}.Apply(ctx, p.connection.Client, node)
}

func (p *pass) drain(ctx context.Context, node string) error {
	cordoned := p.observed.CordonedSince(node)
	return p.evict(ctx, node, func(pod *corev1.Pod) bool { return podrules.Leaves(pod, cordoned) })
}

func (p *pass) evictStranded(ctx context.Context, node string) error {
	agent, cordoned := p.observed.AgentPod(node), p.observed.CordonedSince(node)
	return p.evict(ctx, node, func(pod *corev1.Pod) bool { return podrules.Stays(pod, cordoned) && clusterview.Stranded(pod, agent) })
}

func (p *pass) evict(ctx context.Context, node string, leaves func(*corev1.Pod) bool) error {
	var pods []*corev1.Pod
	for i := range p.observed.Pods {
		if pod := &p.observed.Pods[i]; pod.Spec.NodeName == node && leaves(pod) {
			pods = append(pods, pod)
		}
	}
	done, err := driver.Evict(ctx, p.connection.Client, &p.turns, pods)
	p.noteRefusal(node, done.Refusal)
	return err
}

func (p *pass) restartAgent(ctx context.Context, step rollout.Step) error {
	agent := p.observed.AgentPod(step.Node)
	if agent == nil || agent.UID != step.AgentUID {
		return nil
	}
	return driver.RestartAgent(ctx, p.connection.Client, agent.Namespace, agent.Name, agent.UID)
}

// recordReplacements are in the API server before anything is terminated: a
// successor that comes after a crash is then still known to be one.
func (p *pass) recordReplacements(ctx context.Context, steps []rollout.Step) error {
	for _, step := range steps {
		p.tellStep(ctx, step)
		p.object.Status.Replacements = append(p.object.Status.Replacements, v1alpha1.Replacement{
			InstanceID: step.Replacement.InstanceID, Group: step.Replacement.Group, Since: metav1.NewTime(step.Replacement.Since),
		})
	}
	return p.persist(ctx)
}

func (p *pass) clearReplacements(ctx context.Context, steps []rollout.Step) error {
	for _, step := range steps {
		p.tellStep(ctx, step)
		p.object.Status.Replacements = slices.DeleteFunc(p.object.Status.Replacements, func(r v1alpha1.Replacement) bool {
			return r.InstanceID == step.Replacement.InstanceID
		})
		p.terminations.Delete(step.Replacement.InstanceID)
	}
	return p.persist(ctx)
}

// writeConfig has the value reach the nodes of the selection, and notes what
// nodes that join boot with from then on.
func (p *pass) writeConfig(ctx context.Context, selection rollout.RevisionSelection) error {
	if err := p.writeSelection(ctx, selection); err != nil {
		return err
	}
	if selection.Mode == cilium.SelectAllBut && p.backend() != backendManual {
		p.noteInForce(p.valueOf(selection.Revision))
		return p.persist(ctx)
	}
	return nil
}
