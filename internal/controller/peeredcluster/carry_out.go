package peeredcluster

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// mostNodesAtOnce bounds on how many nodes a pass acts at the same time.
const mostNodesAtOnce = 16

// stretch is steps that need no order among them, but for those of one lane.
type stretch struct {
	// ofCluster is alone in its stretch.
	ofCluster *rollout.Step
	// recorded are in status before any lane begins, cleared when all have ended: no
	// instance is terminated before its record is there, and none is forgotten before
	// its successor is marked.
	recorded, cleared []rollout.Step
	// lanes hold the steps on one node each, in order.
	lanes [][]rollout.Step
}

// stretches keeps what is written for many nodes at once in order with the rest.
func stretches(steps []rollout.Step) []stretch {
	var list []stretch
	open := false
	for i := range steps {
		if ofCluster(steps[i]) {
			list, open = append(list, stretch{ofCluster: &steps[i]}), false
			continue
		}
		if !open {
			list, open = append(list, stretch{}), true
		}
		list[len(list)-1].add(steps[i])
	}
	return list
}

// ofCluster: the step changes which nodes a value reaches, or which ones Karpenter replaces.
func ofCluster(step rollout.Step) bool { return step.Selection != nil || step.NodePool != "" }

func (s *stretch) add(step rollout.Step) {
	switch step.Kind {
	case rollout.StepRecordReplacement:
		s.recorded = append(s.recorded, step)
		return
	case rollout.StepClearReplacement:
		s.cleared = append(s.cleared, step)
		return
	}
	for i := range s.lanes {
		if s.lanes[i][0].Node == step.Node {
			s.lanes[i] = append(s.lanes[i], step)
			return
		}
	}
	s.lanes = append(s.lanes, []rollout.Step{step})
}

// carryOut applies the steps, those on different nodes side by side; after one that
// fails none is begun, and the next pass plans anew.
func (p *pass) carryOut(ctx context.Context, steps []rollout.Step) error {
	for _, s := range stretches(steps) {
		if s.ofCluster != nil {
			if err := p.carryOutStep(ctx, *s.ofCluster); err != nil {
				return err
			}
			continue
		}
		if err := p.recordReplacements(ctx, s.recorded); err != nil {
			return err
		}
		if err := p.carryOutLanes(ctx, s.lanes); err != nil {
			return err
		}
		if err := p.clearReplacements(ctx, s.cleared); err != nil {
			return err
		}
	}
	return nil
}

func (p *pass) carryOutStep(ctx context.Context, step rollout.Step) error {
	p.tellStep(ctx, step)
	if err := p.applyStep(ctx, step); err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return nil
}

// carryOutLanes does not cut off what is under way when a step fails: nobody would know
// whether it was done.
func (p *pass) carryOutLanes(ctx context.Context, lanes [][]rollout.Step) error {
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
				if err := p.carryOutStep(ctx, step); err != nil {
					failed.Store(true)
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
