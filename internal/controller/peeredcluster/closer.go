package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// oldest is how old what is known of nodes and pods may be when the next node is
// started on, or a value written for all: as old as a list would be by the time that
// a pass has acted on it. While nodes come and go the watches say something all the
// time, and nothing is read for it.
const oldest = 5 * time.Second

// notCloser says that the cluster, rather than AWS, could not be read.
type notCloser struct{ cause error }

func (e *notCloser) Error() string { return e.cause.Error() }

// plan has the planner decide, and once more on nodes and pods that were listed anew
// where something irrevocable would be done on the word of watches that were silent
// for a while (N1, N5).
func (p *pass) plan(ctx context.Context, stopped string) (rollout.Input, rollout.Decision, error) {
	input, err := p.rolloutInput(ctx)
	if err != nil {
		return input, rollout.Decision{}, err
	}
	input.Stopped = stopped
	decision := rollout.Plan(input)
	if !commits(decision) {
		return input, decision, nil
	}
	renewed, err := p.lookCloser(ctx)
	if err != nil {
		return input, decision, &notCloser{cause: fmt.Errorf("looking closer: %w", p.connection.Explain(err))}
	}
	if !renewed {
		return input, decision, nil
	}
	if input, err = p.rolloutInput(ctx); err != nil {
		return input, rollout.Decision{}, err
	}
	input.Stopped = stopped
	return input, rollout.Plan(input), nil
}

// lookCloser reports whether anything was listed anew.
func (p *pass) lookCloser(ctx context.Context) (bool, error) {
	renewed, err := p.connection.Refresh(ctx, oldest, cluster.Node, cluster.Pod)
	if err == nil && renewed {
		err = p.observed.ReadNodesAndPods(ctx, p.connection.Client)
	}
	return renewed, err
}

// commits reports whether a step starts on a node, or has a value reach all.
func commits(decision rollout.Decision) bool {
	return slices.ContainsFunc(decision.Steps, func(step rollout.Step) bool {
		return step.Kind == rollout.StepCordon || step.Kind == rollout.StepBegin || step.Kind == rollout.StepReleaseForAll
	})
}
