package peeredcluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// plan is what the planner was asked, and what it decided.
type plan struct {
	input    rollout.Input
	decision rollout.Decision
}

// plan has the planner decide, once more on nodes and pods that were listed again
// where something irrevocable would be done on the word of watches that were silent
// for a while (N1, N5), and once more to wait where it is not this cluster's turn.
func (n *nodeRollout) plan(ctx context.Context) (plan, error) {
	stopped, err := n.stop.note(ctx, n.subject)
	if err != nil {
		return plan{}, err
	}
	planned, err := n.planOnFresh(ctx, stopped)
	if err != nil {
		return plan{}, err
	}
	return n.takeTurn(ctx, planned)
}

func (n *nodeRollout) planOnFresh(ctx context.Context, stopped string) (plan, error) {
	planned, err := n.planOnce(ctx, stopped)
	if err != nil || !commits(planned.decision) {
		return planned, err
	}
	fresh, err := n.readFresh(ctx)
	if err != nil {
		return plan{}, fmt.Errorf("reading nodes and pods again: %w", n.connection.Explain(err))
	}
	if !fresh {
		return planned, nil
	}
	return n.planOnce(ctx, stopped)
}

func (n *nodeRollout) planOnce(ctx context.Context, stopped string) (plan, error) {
	n.claims = n.prover.claimants.note(n.Object, n.view.Claims())
	input, err := n.rolloutInput(ctx)
	if err != nil {
		return plan{}, &instancesUnread{cause: err}
	}
	input.Stopped = stopped
	return plan{input: input, decision: rollout.Plan(input)}, nil
}

// instancesUnread says that AWS could not be asked for what is behind the nodes.
type instancesUnread struct{ cause error }

func (e *instancesUnread) Error() string { return e.cause.Error() }

func (e *instancesUnread) Unwrap() error { return e.cause }

// readFresh reports whether anything was listed again.
func (n *nodeRollout) readFresh(ctx context.Context) (bool, error) {
	renewed, err := n.connection.Refresh(ctx, oldest, cluster.Node, cluster.Pod)
	if err == nil && renewed {
		err = n.view.ReadNodesAndPods(ctx, n.connection.Client)
	}
	return renewed, err
}

// commits reports whether a step starts on a node, gives its instance up, or has a value reach all.
func commits(decision rollout.Decision) bool {
	return slices.ContainsFunc(decision.Steps, func(step rollout.Step) bool {
		switch step.Kind {
		case rollout.StepCordon, rollout.StepBegin, rollout.StepReleaseForAll, rollout.StepTerminateInstance:
			return true
		default:
			return false
		}
	})
}
