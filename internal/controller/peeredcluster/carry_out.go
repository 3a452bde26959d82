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

// carryOut applies the steps; after one that fails none is begun, and the next pass
// plans anew. What is written for many nodes at once stays in order with the rest.
// Between two such writes come the steps on single nodes: those on different nodes
// side by side, and those on one in order.
func (p *pass) carryOut(ctx context.Context, steps []rollout.Step) error {
	for len(steps) > 0 {
		if ofCluster(steps[0]) {
			p.tellStep(ctx, steps[0])
			if err := p.applyStep(ctx, steps[0]); err != nil {
				return fmt.Errorf("%s: %w", steps[0], err)
			}
			steps = steps[1:]
			continue
		}
		end := 1
		for end < len(steps) && !ofCluster(steps[end]) {
			end++
		}
		if err := p.carryOutOnNodes(ctx, steps[:end]); err != nil {
			return err
		}
		steps = steps[end:]
	}
	return nil
}

// ofCluster: the step changes which nodes a value reaches, or which ones Karpenter replaces.
func ofCluster(step rollout.Step) bool { return step.Selection != nil || step.NodePool != "" }

// carryOutOnNodes takes the records in status together. Those of replacements are
// there before any instance is terminated, and are cleared when every successor is
// marked: that is what each of them asks for by itself.
func (p *pass) carryOutOnNodes(ctx context.Context, steps []rollout.Step) error {
	var recorded, cleared []rollout.Step
	lanes, order := map[string][]rollout.Step{}, []string{}
	for _, step := range steps {
		switch step.Kind {
		case rollout.StepRecordReplacement:
			recorded = append(recorded, step)
		case rollout.StepClearReplacement:
			cleared = append(cleared, step)
		default:
			if lanes[step.Node] == nil {
				order = append(order, step.Node)
			}
			lanes[step.Node] = append(lanes[step.Node], step)
		}
	}
	if err := p.recordReplacements(ctx, recorded); err != nil {
		return err
	}
	if err := p.carryOutLanes(ctx, lanes, order); err != nil {
		return err
	}
	return p.clearReplacements(ctx, cleared)
}

func (p *pass) carryOutLanes(ctx context.Context, lanes map[string][]rollout.Step, order []string) error {
	// What is under way when a step fails is not cut off: nobody would know whether it
	// was done.
	var (
		group  errgroup.Group
		failed atomic.Bool
	)
	group.SetLimit(mostNodesAtOnce)
	for _, node := range order {
		group.Go(func() error {
			for _, step := range lanes[node] {
				if failed.Load() {
					return nil
				}
				p.tellStep(ctx, step)
				if err := p.applyStep(ctx, step); err != nil {
					failed.Store(true)
					return fmt.Errorf("%s: %w", step, err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}
