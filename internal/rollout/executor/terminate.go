package executor

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// terminateAgain is when a group is asked once more that shows the instance as if it
// had not been asked; it is not at each reconciliation until then.
const terminateAgain = 5 * time.Second

// terminate looks at the node's pods once more: an instance that still has pods to
// evict is not terminated (N4).
func (e *Executor) terminate(ctx context.Context, step rollout.Step) error {
	id := step.Replacement.InstanceID
	if asked := e.Memory.terminated(id); !asked.IsZero() && e.Clock.Since(asked) < terminateAgain {
		return nil
	}
	if left, err := e.podsLeft(ctx, step.Node); err != nil || left > 0 {
		return err
	}
	api, err := e.Scaling.AutoScaling(ctx)
	if err != nil {
		return err
	}
	if err := driver.Terminate(ctx, api, *step.Replacement); err != nil {
		return err
	}
	e.Memory.noteTermination(id, e.Clock.Now())
	return nil
}

// podsLeft counts, in the API server and not in what was read before, the pods that
// a drain has yet to remove.
func (e *Executor) podsLeft(ctx context.Context, node string) (int, error) {
	if node == "" {
		return 0, nil
	}
	var pods corev1.PodList
	if err := e.Client.List(ctx, &pods, client.MatchingFields{"spec.nodeName": node}); err != nil {
		return 0, fmt.Errorf("listing the pods of node %s: %w", node, err)
	}
	left, cordoned := 0, e.View.CordonedSince(node)
	for i := range pods.Items {
		if podrules.Leaves(&pods.Items[i], cordoned) {
			left++
		}
	}
	return left, nil
}
