package driver

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// ways are the acts of each way to renew a node. Those of none are what every way needs.
var ways = table{
	rollout.WayNone:        recordOnly,
	rollout.WayRecycle:     recyclePods,
	rollout.WayRestart:     restartAgent,
	rollout.WayAutoScaling: autoScaling,
	rollout.WayNodePool:    nodePool,
}

// recordOnly writes what is remembered on a node.
var recordOnly = acts{
	rollout.StepForget:        markNode,
	rollout.StepMarkProcessed: markNode,
	rollout.StepMarkRestart:   markNode,
	rollout.StepMarkFailed:    markNode,
	rollout.StepMarkSuccessor: markNode,
}

// table is the acts by way.
type table map[rollout.Way]acts

func (t table) do(ctx context.Context, on *Cluster, step rollout.Step) error {
	for _, acts := range t {
		if do, ok := acts[step.Kind]; ok {
			return do(ctx, on, step)
		}
	}
	return fmt.Errorf("unknown step %s", step.Kind)
}

// Do carries out one step on a node, or on a NodePool.
func (c *Cluster) Do(ctx context.Context, step rollout.Step) error { return ways.do(ctx, c, step) }
