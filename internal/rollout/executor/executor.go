package executor

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// mostNodesAtOnce bounds on how many nodes it acts at the same time.
const mostNodesAtOnce = 16

// Selector has a value reach the nodes of a selection, and no others.
type Selector interface {
	Select(ctx context.Context, selection rollout.RevisionSelection) error
}

// Recorder keeps in status what is about to be done. A record is in the API server
// when the call returns.
type Recorder interface {
	// RecordReplacements comes before their instances are terminated: a successor that
	// joins after a crash is then still known to be one.
	RecordReplacements(ctx context.Context, replacements []rollout.Replacement) error
	// ClearReplacements comes after their successors are marked.
	ClearReplacements(ctx context.Context, replacements []rollout.Replacement) error
}

// Teller says which step is about to be carried out. It is called from several
// goroutines.
type Teller interface {
	Tell(ctx context.Context, step rollout.Step)
}

// Executor carries out the steps of one reconciliation of one cluster.
type Executor struct {
	// Cluster is where the steps on nodes and NodePools are carried out.
	Cluster  *driver.Cluster
	Selector Selector
	Recorder Recorder
	Teller   Teller
	// Memory outlives the reconciliation.
	Memory *Memory
}

// Execute carries out the steps, those on different nodes side by side. After one
// that fails none is begun: the next reconciliation plans again. The error names the step.
func (e *Executor) Execute(ctx context.Context, steps []rollout.Step) error {
	for _, s := range stretches(steps) {
		if err := e.executeStretch(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (e *Executor) executeStretch(ctx context.Context, s stretch) error {
	if s.ofCluster != nil {
		return e.executeStep(ctx, *s.ofCluster)
	}
	if len(s.recorded) > 0 {
		if err := e.Recorder.RecordReplacements(ctx, e.replacements(ctx, s.recorded)); err != nil {
			return err
		}
	}
	if err := e.executeLanes(ctx, s.lanes); err != nil {
		return err
	}
	if len(s.cleared) == 0 {
		return nil
	}
	cleared := e.replacements(ctx, s.cleared)
	for _, replacement := range cleared {
		e.Memory.forgetTermination(replacement.InstanceID)
	}
	return e.Recorder.ClearReplacements(ctx, cleared)
}

// replacements tells the steps and gives what they record or clear.
func (e *Executor) replacements(ctx context.Context, steps []rollout.Step) []rollout.Replacement {
	list := make([]rollout.Replacement, 0, len(steps))
	for _, step := range steps {
		e.Teller.Tell(ctx, step)
		list = append(list, *step.Replacement)
	}
	return list
}

func (e *Executor) executeStep(ctx context.Context, step rollout.Step) error {
	e.Teller.Tell(ctx, step)
	if err := e.act(ctx, step); err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// act carries out one step; each is safe to repeat. What reaches nodes is selected; all else is a driver's.
func (e *Executor) act(ctx context.Context, step rollout.Step) error {
	if step.Selection != nil {
		return e.Selector.Select(ctx, *step.Selection)
	}
	return e.Cluster.Do(ctx, step)
}

// executeLanes does not cut off what is in progress when a step fails: nobody would
// know whether it was done.
func (e *Executor) executeLanes(ctx context.Context, lanes [][]rollout.Step) error {
	var (
		group  errgroup.Group
		failed atomic.Bool
	)
	group.SetLimit(mostNodesAtOnce)
	for _, lane := range lanes {
		group.Go(func() error {
			for _, step := range lane {
				if failed.Load() {
					return nil
				}
				if err := e.executeStep(ctx, step); err != nil {
					failed.Store(true)
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
