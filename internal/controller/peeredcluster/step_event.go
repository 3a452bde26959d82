package peeredcluster

import (
	"fmt"
	"strings"

	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/executor"
)

// stepEvent is what a step of the rollout looks like to whoever reads the events.
type stepEvent struct {
	reason, note string
	warning      bool
}

// eventOf is the event of a step; its reason is empty for a step that has none.
func eventOf(step rollout.Step) stepEvent {
	switch step.Kind {
	case rollout.StepCordon:
		return told("NodeCordoned", "Cordoned node %s %s.", step.Node, purpose(step))
	case rollout.StepUncordon:
		return told("NodeUncordoned", "Uncordoned node %s: %s.", step.Node, step.Why)
	case rollout.StepBegin:
		return told("AgentRestartStarted", "Restarting the Cilium agent of node %s %s. Its pods stay.", step.Node, purpose(step))
	case rollout.StepFinish:
		return told("NodeFinished", "Finished work on node %s: %s.", step.Node, step.Why)
	case rollout.StepForget:
		return told("NodeRetried", "Trying node %s again, because a retry was requested.", step.Node)
	case rollout.StepTerminateInstance:
		return told("InstanceTerminated", "Requested that Auto Scaling group %s replaces instance %s of node %s.",
			step.Replacement.Group, step.Replacement.InstanceID, step.Node)
	case rollout.StepClearReplacement:
		return told("ReplacementEnded", "Nothing more is expected for instance %s: %s.", step.Replacement.InstanceID, strings.TrimSuffix(step.Why, "."))
	case rollout.StepMarkNodePool:
		return told("NodePoolMarked", "Marked NodePool %s with %s, so that Karpenter replaces its nodes (%s).", step.NodePool, step.Mark, step.Why)
	case rollout.StepReleaseForAll:
		return told("ValueReleased", "%s %s", releasedFor(step.Selection.Hostnames), sentence(step.Why))
	case rollout.StepMarkFailed:
		return warned(failedReason(step), "Reverting node %s to the old value: %s.", step.Node, strings.TrimSuffix(step.Why, "."))
	case rollout.StepRevertCanary:
		return warned("CanaryReverted", "Withdrew the new routing value from the canary: %s.", step.Why)
	default:
		return stepEvent{}
	}
}

// requestedBefore reports whether a step only waits for what an earlier one requested: that is no second event.
func requestedBefore(step rollout.Step, memory *executor.Memory) bool {
	return step.Kind == rollout.StepTerminateInstance && !memory.Terminated(step.Replacement.InstanceID).IsZero()
}

func told(reason, format string, args ...any) stepEvent {
	return stepEvent{reason: reason, note: fmt.Sprintf(format, args...)}
}

func warned(reason, format string, args ...any) stepEvent {
	event := told(reason, format, args...)
	event.warning = true
	return event
}

// failedReason: a node may also be reverted because what it got was superseded.
func failedReason(step rollout.Step) string {
	if step.Record.Canary {
		return "CanaryFailed"
	}
	return "NodeReverted"
}

func purpose(step rollout.Step) string {
	if step.Record.Canary {
		return "to try the new routing value there first"
	}
	return "to bring it up to date"
}

func releasedFor(held []string) string {
	if len(held) == 0 {
		return "All nodes may get the new routing value."
	}
	return fmt.Sprintf("All nodes may get the new routing value except %d that %s for %s turn: %s.",
		len(held), message.Verb(len(held), "waits", "wait"), message.Verb(len(held), "its", "their"), message.List(held))
}

// sentence makes one of a clause.
func sentence(clause string) string {
	if clause == "" {
		return ""
	}
	return strings.ToUpper(clause[:1]) + clause[1:] + "."
}
