package driver

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/crossvpc/crossvpc/internal/rollout"
)

// AutoScaling is the part of the Auto Scaling API that replaces instances.
type AutoScaling interface {
	DescribeAutoScalingInstances(context.Context, *autoscaling.DescribeAutoScalingInstancesInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingInstancesOutput, error)
	DescribeAutoScalingGroups(context.Context, *autoscaling.DescribeAutoScalingGroupsInput, ...func(*autoscaling.Options)) (*autoscaling.DescribeAutoScalingGroupsOutput, error)
	TerminateInstanceInAutoScalingGroup(context.Context, *autoscaling.TerminateInstanceInAutoScalingGroupInput, ...func(*autoscaling.Options)) (*autoscaling.TerminateInstanceInAutoScalingGroupOutput, error)
}

// mostNamed is how many instances or groups one request may name (Auto Scaling API reference).
const mostNamed = 50

// Instances asks AWS which group each instance belongs to; one that belongs to none is absent from the answer, and
// must not be terminated (N4).
func Instances(ctx context.Context, api AutoScaling, ids []string) (map[string]rollout.Instance, error) {
	found := map[string]rollout.Instance{}
	for chunk := range slices.Chunk(ids, mostNamed) {
		pages := autoscaling.NewDescribeAutoScalingInstancesPaginator(api, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: chunk})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("asking for the Auto Scaling groups of instances: %w", err)
			}
			for _, instance := range page.AutoScalingInstances {
				id := aws.ToString(instance.InstanceId)
				found[id] = instanceOf(id, aws.ToString(instance.AutoScalingGroupName), aws.ToString(instance.AvailabilityZone), aws.ToString(instance.LifecycleState))
				found[id] = launchedFrom(found[id], instance.LaunchTemplate, instance.LaunchConfigurationName)
			}
		}
	}
	return found, nil
}

// leaving: every lifecycle state from Terminating on begins so (Auto Scaling user guide, "Instance lifecycle").
func leaving(state string) bool {
	return strings.HasPrefix(strings.TrimPrefix(state, warmPrefix), "Terminat")
}

// Groups reads the desired capacities of groups, whether they would replace an instance, and their instances. A group
// that does not exist is absent from the answer.
func Groups(ctx context.Context, api AutoScaling, names []string) (map[string]rollout.Group, map[string]rollout.Instance, error) {
	found, members := map[string]rollout.Group{}, map[string]rollout.Instance{}
	for chunk := range slices.Chunk(names, mostNamed) {
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(api, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: chunk})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, nil, fmt.Errorf("reading Auto Scaling groups: %w", err)
			}
			for i := range page.AutoScalingGroups {
				group := &page.AutoScalingGroups[i]
				found[aws.ToString(group.AutoScalingGroupName)] = groupOf(group)
				addMembers(members, group)
			}
		}
	}
	return found, members, nil
}

// groupOf: only one that is being deleted has a status (Auto Scaling API, AutoScalingGroup).
func groupOf(group *types.AutoScalingGroup) rollout.Group {
	return rollout.Group{
		Desired: int(aws.ToInt32(group.DesiredCapacity)), Refuses: refuses(group), Gone: aws.ToString(group.Status) != "", WarmPool: group.WarmPoolConfiguration != nil,
		Subnets: subnetsOf(group), Tags: tagsOf(group), Launches: launches(group),
	}
}

func addMembers(members map[string]rollout.Instance, group *types.AutoScalingGroup) {
	for _, instance := range group.Instances {
		id := aws.ToString(instance.InstanceId)
		members[id] = instanceOf(id, aws.ToString(group.AutoScalingGroupName), aws.ToString(instance.AvailabilityZone), string(instance.LifecycleState))
		members[id] = launchedFrom(members[id], instance.LaunchTemplate, instance.LaunchConfigurationName)
	}
}

func instanceOf(id, group, zone, state string) rollout.Instance {
	return rollout.Instance{ID: id, Group: group, Zone: zone, Leaving: leaving(state), Warm: warm(state), WarmRunning: warmRunning(state)}
}

// subnetsOf reads the list of subnets that AWS writes with commas (Auto Scaling API, VPCZoneIdentifier).
func subnetsOf(group *types.AutoScalingGroup) []string {
	var ids []string
	for id := range strings.SplitSeq(aws.ToString(group.VPCZoneIdentifier), ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	return unique(ids)
}

func tagsOf(group *types.AutoScalingGroup) map[string]string {
	tags := make(map[string]string, len(group.Tags))
	for _, tag := range group.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

// GoneGroup is what there is to say of a group that AWS no longer has.
func GoneGroup(name string) rollout.Group {
	return rollout.Group{Refuses: fmt.Sprintf("Auto Scaling group %s does not exist any more", name), Gone: true}
}

// refuses says why the group would not launch a successor. Terminate is suspended for a reason too, even though
// TerminateInstanceInAutoScalingGroup works anyway (user guide, "Suspend-resume processes").
func refuses(group *types.AutoScalingGroup) string {
	if status := aws.ToString(group.Status); status != "" {
		return fmt.Sprintf("Auto Scaling group %s is being deleted (%s)", aws.ToString(group.AutoScalingGroupName), status)
	}
	for _, process := range group.SuspendedProcesses {
		if name := aws.ToString(process.ProcessName); name == "Launch" || name == "Terminate" {
			return fmt.Sprintf("Auto Scaling group %s has its process %s suspended; resume it", aws.ToString(group.AutoScalingGroupName), name)
		}
	}
	return ""
}
