package driver

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// AutoScaling is the part of the Auto Scaling API that replaces instances.
type AutoScaling interface {
	DescribeAutoScalingInstances(context.Context, *autoscaling.DescribeAutoScalingInstancesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingInstancesOutput, error)
	DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error)
	TerminateInstanceInAutoScalingGroup(context.Context, *autoscaling.TerminateInstanceInAutoScalingGroupInput, ...func(*autoscaling.Options)) (*autoscaling.TerminateInstanceInAutoScalingGroupOutput, error)
}

// providerIDPattern is what the AWS cloud provider writes into spec.providerID.
var providerIDPattern = regexp.MustCompile(`^aws:///[a-z0-9-]+/(i-[0-9a-f]{8,17})$`)

// InstanceID reads a node's spec.providerID; false for anything but an EC2 instance.
func InstanceID(providerID string) (string, bool) {
	match := providerIDPattern.FindStringSubmatch(providerID)
	if match == nil {
		return "", false
	}
	return match[1], true
}

// mostInstances is how many ids one DescribeAutoScalingInstances may name (API reference).
const mostInstances = 50

// Instances asks AWS which group each instance belongs to; one that belongs to
// none is absent from the answer, and must not be terminated (N4).
func Instances(ctx context.Context, api AutoScaling, ids []string) (map[string]rollout.Instance, error) {
	found := map[string]rollout.Instance{}
	for chunk := range slices.Chunk(ids, mostInstances) {
		pages := autoscaling.NewDescribeAutoScalingInstancesPaginator(api, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: chunk})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("asking for the Auto Scaling groups of instances: %w", err)
			}
			for _, instance := range page.AutoScalingInstances {
				found[*instance.InstanceId] = rollout.Instance{
					ID: *instance.InstanceId, Group: *instance.AutoScalingGroupName, Leaving: leaving(*instance.LifecycleState),
				}
			}
		}
	}
	return found, nil
}

// leaving: the lifecycle states from Terminating on (Auto Scaling user guide, "Instance lifecycle").
func leaving(state string) bool {
	return len(state) >= len("Terminat") && state[:len("Terminat")] == "Terminat"
}

// Groups reads the desired capacities of groups.
func Groups(ctx context.Context, api AutoScaling, names []string) (map[string]rollout.Group, error) {
	found := map[string]rollout.Group{}
	if len(names) == 0 {
		return found, nil
	}
	pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(api, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: names})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading Auto Scaling groups: %w", err)
		}
		for _, group := range page.AutoScalingGroups {
			found[*group.AutoScalingGroupName] = rollout.Group{Desired: int(*group.DesiredCapacity)}
		}
	}
	return found, nil
}

// Terminate has the group terminate the instance and launch another. It asks
// once more whether the instance is still in that group and not leaving already,
// so that repeating it starts nothing twice.
func Terminate(ctx context.Context, api AutoScaling, replacement rollout.Replacement) error {
	instances, err := Instances(ctx, api, []string{replacement.InstanceID})
	if err != nil {
		return err
	}
	instance, known := instances[replacement.InstanceID]
	switch {
	case !known || instance.Leaving:
		return nil
	case instance.Group != replacement.Group:
		return fmt.Errorf("instance %s is in group %s, not in %s as was planned", instance.ID, instance.Group, replacement.Group)
	}
	keepSize := false
	_, err = api.TerminateInstanceInAutoScalingGroup(ctx, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &replacement.InstanceID, ShouldDecrementDesiredCapacity: &keepSize,
	})
	if err != nil {
		return fmt.Errorf("terminating instance %s of group %s: %w", replacement.InstanceID, replacement.Group, err)
	}
	return nil
}

