package driver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// autoScaling replaces instances.
var autoScaling = acts{rollout.StepTerminateInstance: terminate}

// terminate looks at the node's pods once more: an instance that still has pods to evict is not terminated (N4).
func terminate(ctx context.Context, on *Cluster, step rollout.Step) error {
	on.Memory.NoteRefusal(step.NodeUID, "")
	id := step.Replacement.InstanceID
	if asked := on.Memory.Terminated(id); !asked.IsZero() && on.Clock.Since(asked) < terminateAgain {
		return nil
	}
	if left, err := on.podsLeft(ctx, step.Node); err != nil || left > 0 {
		return err
	}
	api, err := on.Scaling.AutoScaling(ctx)
	if err != nil {
		return err
	}
	if err := Terminate(ctx, api, on.Prover, step.Node, *step.Replacement); err != nil {
		return err
	}
	on.Memory.NoteTermination(id, on.Clock.Now())
	return nil
}

// podsLeft counts, in the API server and not in what was read before, the pods that a drain has yet to remove.
func (c *Cluster) podsLeft(ctx context.Context, node string) (int, error) {
	if node == "" {
		return 0, nil
	}
	var pods corev1.PodList
	if err := c.Client.List(ctx, &pods, client.MatchingFields{"spec.nodeName": node}); err != nil {
		return 0, fmt.Errorf("listing the pods of node %s: %w", node, err)
	}
	left, cordoned := 0, c.View.CordonedSince(node)
	for i := range pods.Items {
		if podrules.Leaves(&pods.Items[i], cordoned) {
			left++
		}
	}
	return left, nil
}

// Prover proves that an instance is the cluster's, and the node's.
type Prover interface {
	// Unproven says why it is not, by what AWS said of the instance and its group a moment ago; empty: it is.
	Unproven(ctx context.Context, node string, instance rollout.Instance, group rollout.Group) (string, error)
}

// Terminate has the group terminate the instance and launch another. It asks once more whether the instance is still
// in that group and not leaving already, whether it is proven to be the node's (N4), and whether the group would replace
// it, so that repeating it starts nothing twice. Call it only for a node without evictable pods, and only after the
// replacement is stored in status.
func Terminate(ctx context.Context, api AutoScaling, prover Prover, node string, replacement rollout.Replacement) error {
	gone, err := proven(ctx, api, prover, node, replacement)
	if err != nil || gone {
		return err
	}
	_, err = api.TerminateInstanceInAutoScalingGroup(ctx, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &replacement.InstanceID, ShouldDecrementDesiredCapacity: aws.Bool(false),
	})
	if err != nil {
		return fmt.Errorf("terminating instance %s of group %s: %w", replacement.InstanceID, replacement.Group, err)
	}
	return nil
}

// proven fails for an instance that belongs to another group than was planned, to one that is not proven to be the
// cluster's, or to one that would not replace it.
func proven(ctx context.Context, api AutoScaling, prover Prover, node string, replacement rollout.Replacement) (gone bool, err error) {
	instances, err := Instances(ctx, api, []string{replacement.InstanceID})
	if err != nil {
		return false, err
	}
	instance, known := instances[replacement.InstanceID]
	switch {
	case !known || instance.Leaving:
		return true, nil
	case instance.Group != replacement.Group:
		return false, fmt.Errorf("instance %s is in group %s, not in %s as was planned", instance.ID, instance.Group, replacement.Group)
	}
	groups, _, err := Groups(ctx, api, []string{replacement.Group})
	if err != nil {
		return false, err
	}
	group, known := groups[replacement.Group]
	switch {
	case !known:
		return false, fmt.Errorf("instance %s is not terminated: Auto Scaling group %s was not found", instance.ID, replacement.Group)
	case group.Refuses != "":
		return false, fmt.Errorf("instance %s is not terminated: %s", instance.ID, group.Refuses)
	}
	unproven, err := prover.Unproven(ctx, node, instance, group)
	if err == nil && unproven != "" {
		err = fmt.Errorf("instance %s is not terminated: %s", instance.ID, unproven)
	}
	return false, err
}
