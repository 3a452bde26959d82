package peeredcluster

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/driver"
)

// observeInstances reads the instances and the Auto Scaling groups behind the nodes, where they matter.
func (n *nodeRollout) observeInstances(ctx context.Context) (map[string]rollout.Instance, map[string]rollout.Group, error) {
	replaces := n.Object.Spec.Rollout.Strategy == v1alpha1.RolloutReplaceNodes && n.work()
	if !replaces && len(n.Object.Status.Replacements) == 0 { // those in progress are finished, no matter what the strategy is now
		return nil, nil, nil
	}
	api, err := n.AutoScaling(ctx)
	if err != nil {
		return nil, nil, err
	}
	var underWay []string
	for _, replacement := range n.Object.Status.Replacements {
		underWay = append(underWay, replacement.Group)
	}
	read, err := n.memory.fleet.Read(ctx, api, n.view.InstanceIDs(), underWay, n.start)
	n.Within(read.NewerIn)
	return read.Instances, read.Groups, err
}

// work: without a value to have or a node in progress nothing asks for instances.
func (n *nodeRollout) work() bool {
	if value, _ := n.target(); value.IsValid() {
		return true
	}
	return len(n.Object.Status.Replacements) > 0
}

// AutoScaling gives the API of the cluster's account and region.
func (n *nodeRollout) AutoScaling(ctx context.Context) (driver.AutoScaling, error) {
	return n.aws.autoScaling(ctx, n.subject)
}
