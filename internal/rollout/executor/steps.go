package executor

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// act carries out one step; each is safe to repeat.
func (e *Executor) act(ctx context.Context, step rollout.Step) error {
	switch step.Kind {
	case rollout.StepCordon:
		return e.cordon(ctx, step)
	case rollout.StepUncordon:
		e.Memory.noteRefusal(step.NodeUID, "")
		return e.mark(ctx, step, new(false))
	case rollout.StepBegin, rollout.StepFinish, rollout.StepForget, rollout.StepMarkProcessed, rollout.StepMarkRestart, rollout.StepMarkFailed, rollout.StepMarkSuccessor:
		return e.mark(ctx, step, nil)
	case rollout.StepEvictPods:
		return e.drain(ctx, step.Node)
	case rollout.StepEvictStranded:
		return e.evictStranded(ctx, step.Node)
	case rollout.StepRestartAgent:
		return e.restartAgent(ctx, step)
	case rollout.StepTerminateInstance:
		e.Memory.noteRefusal(step.NodeUID, "")
		return e.terminate(ctx, step)
	case rollout.StepMarkNodePool:
		return e.markNodePool(ctx, step)
	case rollout.StepWriteCanaryConfig, rollout.StepReleaseForAll, rollout.StepUpdateHoldBack, rollout.StepRevertCanary:
		return e.Selector.Select(ctx, *step.Selection)
	default:
		return fmt.Errorf("unknown step %s", step.Kind)
	}
}

// cordon also asks the pods to leave, as the next reconciliation would.
func (e *Executor) cordon(ctx context.Context, step rollout.Step) error {
	if err := e.mark(ctx, step, new(true)); err != nil {
		return err
	}
	return e.drain(ctx, step.Node)
}

// mark writes our annotation, and the cordon with it. Uncordoning a node that
// somebody else uncordoned before us changes nothing but the annotation.
func (e *Executor) mark(ctx context.Context, step rollout.Step, cordon *bool) error {
	node := e.View.NodeNamed(step.Node)
	if node == nil {
		return fmt.Errorf("node %s is not there any more", step.Node)
	}
	return driver.Mark{Node: step.Node, NodeUID: step.NodeUID, Record: step.Record, Cordon: cordon}.Apply(ctx, e.Client, node)
}

func (e *Executor) drain(ctx context.Context, node string) error {
	cordoned := e.View.CordonedSince(node)
	return e.evict(ctx, node, func(pod *corev1.Pod) bool { return podrules.Leaves(pod, cordoned) })
}

func (e *Executor) evictStranded(ctx context.Context, node string) error {
	agent, cordoned := e.View.AgentPod(node), e.View.CordonedSince(node)
	return e.evict(ctx, node, func(pod *corev1.Pod) bool {
		return podrules.Stays(pod, cordoned) && clusterview.Stranded(pod, agent)
	})
}

func (e *Executor) evict(ctx context.Context, node string, leaves func(*corev1.Pod) bool) error {
	var pods []*corev1.Pod
	for i := range e.View.Pods {
		if pod := &e.View.Pods[i]; pod.Spec.NodeName == node && leaves(pod) {
			pods = append(pods, pod)
		}
	}
	done, err := driver.Evict(ctx, e.Client, &e.turns, pods)
	if seen := e.View.NodeNamed(node); seen != nil {
		e.Memory.noteRefusal(seen.UID, done.Refusal)
	}
	return err
}

func (e *Executor) restartAgent(ctx context.Context, step rollout.Step) error {
	agent := e.View.AgentPod(step.Node)
	if agent == nil || agent.UID != step.AgentUID {
		return nil
	}
	return driver.RestartAgent(ctx, e.Client, agent.Namespace, agent.Name, agent.UID)
}

// markNodePool has Karpenter replace the nodes of a NodePool.
func (e *Executor) markNodePool(ctx context.Context, step rollout.Step) error {
	if err := e.Recorder.RecordNodePool(ctx, step.NodePool, step.Mark); err != nil {
		return err
	}
	if err := driver.MarkNodePool(ctx, e.Client, step.NodePool, step.NodePoolUID, step.Mark); err != nil {
		return err
	}
	return e.Recorder.NodePoolMarked(ctx, step.NodePool)
}
