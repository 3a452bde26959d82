package conformance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	scalingSource = "botocore data/autoscaling/2011-01-01/service-2.json "
	scalingGuide  = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/"
)

func init() {
	register(
		check{Name: "a group launches its desired number of instances into its subnets", Source: scalingGuide + "ec2-auto-scaling-lifecycle.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				s.scalingGroup("nodes", subnet, 1, 2, 3)
				for _, member := range s.members("nodes", 2) {
					instance := s.instance(*member.InstanceId)
					same(t, "subnet", aws.ToString(instance.SubnetId), subnet)
					same(t, "zone", aws.ToString(member.AvailabilityZone), aws.ToString(instance.Placement.AvailabilityZone))
					same(t, "health", aws.ToString(member.HealthStatus), "Healthy")
				}
			}},
		check{Name: "a group's instances carry its name and its propagated tags", Source: scalingGuide + "ec2-auto-scaling-tagging.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 1)
				member := s.members("nodes", 1)[0]
				tags := tagMap(s.instance(*member.InstanceId).Tags)
				same(t, "group tag", tags["aws:autoscaling:groupName"], "nodes")
				same(t, "propagated tag", tags["role"], "node")
				_, there := tags["not-for-instances"]
				t.holds(!there, "a tag that is not propagated is on the instance")
			}},
		check{Name: "a terminated member is replaced when capacity is kept", Source: scalingSource + "TerminateInstanceInAutoScalingGroup",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 2, 3)
				old := *s.members("nodes", 2)[0].InstanceId
				out, err := s.terminateMember(old, false)
				t.ok(err)
				same(t, "group of the activity", aws.ToString(out.Activity.AutoScalingGroupName), "nodes")
				t.until(target, "two members without the old one", func() bool {
					in := inService(s.describeGroup("nodes"))
					return len(in) == 2 && !slices.Contains(in, old)
				})
				same(t, "desired", aws.ToInt32(s.describeGroup("nodes").DesiredCapacity), 2)
				s.instanceBecomes(old, types.InstanceStateNameTerminated)
			}},
		check{Name: "a terminated member is not replaced when capacity is decremented", Source: scalingSource + "TerminateInstanceInAutoScalingGroup",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 2, 3)
				old := *s.members("nodes", 2)[0].InstanceId
				_, err := s.terminateMember(old, true)
				t.ok(err)
				t.until(target, "one member", func() bool {
					group := s.describeGroup("nodes")
					return len(group.Instances) == 1 && aws.ToInt32(group.DesiredCapacity) == 1
				})
			}},
		check{Name: "capacity is not decremented below the minimum", Source: "buildkite/elastic-ci-stack-for-aws#1261, hashicorp/nomad-autoscaler#1290",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 3)
				_, err := s.terminateMember(*s.members("nodes", 1)[0].InstanceId, true)
				t.refusedSaying(err, "ValidationError", "desiredSize equals minSize")
			}},
		check{Name: "an instance of no group cannot be terminated through Auto Scaling", Source: "inferred from what Auto Scaling says of unknown names (cloud-custodian/cloud-custodian#380)",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).terminateMember("i-0123456789abcdef0", false)
				t.refusedWith(err, "ValidationError")
			}},
		check{Name: "an instance that dies by itself is replaced", Source: scalingGuide + "ec2-auto-scaling-health-checks.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 1)
				old := *s.members("nodes", 1)[0].InstanceId
				_, err := s.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{old}})
				t.ok(err)
				t.until(target, "another member", func() bool {
					in := inService(s.describeGroup("nodes"))
					return len(in) == 1 && in[0] != old
				})
			}},
		check{Name: "an instance tells its group", Source: scalingSource + "DescribeAutoScalingInstances",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 1)
				id := *s.members("nodes", 1)[0].InstanceId
				out, err := s.autoscaling.DescribeAutoScalingInstances(t.Context(), &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: []string{id, "i-0123456789abcdef0"}})
				t.ok(err)
				same(t, "number of instances", len(out.AutoScalingInstances), 1)
				same(t, "group", aws.ToString(out.AutoScalingInstances[0].AutoScalingGroupName), "nodes")
				same(t, "state", aws.ToString(out.AutoScalingInstances[0].LifecycleState), "InService")
			}},
		check{Name: "an instance tells the number of the version it was launched from, whatever its group names",
			Source: scalingSource + "Instance.LaunchTemplate; IsInstanceDrifted in controllers/upgrade.go of keikoproj/upgrade-manager, which compares it with the number behind $Latest",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				in := s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 1, 2)
				old := s.members("nodes", 1)[0]
				same(t, "version of the first", aws.ToString(old.LaunchTemplate.Version), "1")
				_, err := s.ec2.CreateLaunchTemplateVersion(t.Context(), &ec2.CreateLaunchTemplateVersionInput{
					LaunchTemplateId: in.LaunchTemplate.LaunchTemplateId, LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(image), InstanceType: types.InstanceTypeM5Large},
				})
				t.ok(err)
				t.ok(s.setDesired("nodes", 2))
				for _, member := range s.members("nodes", 2) {
					version := "2"
					if *member.InstanceId == *old.InstanceId {
						version = "1"
					}
					same(t, "version of "+*member.InstanceId, aws.ToString(member.LaunchTemplate.Version), version)
					same(t, "template of "+*member.InstanceId, aws.ToString(member.LaunchTemplate.LaunchTemplateId), *in.LaunchTemplate.LaunchTemplateId)
				}
				same(t, "version that the group names", aws.ToString(s.describeGroup("nodes").LaunchTemplate.Version), "$Latest")
				out, err := s.ec2.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{*in.LaunchTemplate.LaunchTemplateId}})
				t.ok(err)
				same(t, "$Latest", aws.ToInt64(out.LaunchTemplates[0].LatestVersionNumber), 2)
				same(t, "$Default", aws.ToInt64(out.LaunchTemplates[0].DefaultVersionNumber), 1)
			}},
		check{Name: "desired capacity stays between minimum and maximum", Source: scalingSource + "SetDesiredCapacity; ValidationError in https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 2)
				for _, wrong := range []int32{0, 3} {
					t.refusedWith(s.setDesired("nodes", wrong), "ValidationError")
				}
				t.ok(s.setDesired("nodes", 2))
				s.members("nodes", 2)
			}},
		check{Name: "an unknown group is ValidationError to change and nothing to describe", Source: scalingSource + "DescribeAutoScalingGroups; ValidationError as in cloud-custodian/cloud-custodian#380",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				t.refusedWith(s.setDesired("nobody", 1), "ValidationError")
				out, err := s.autoscaling.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{"nobody"}})
				t.ok(err)
				same(t, "number of groups", len(out.AutoScalingGroups), 0)
			}},
		check{Name: "a group's name is taken once", Source: scalingSource + "AlreadyExistsFault",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				in := s.scalingGroup("nodes", subnet, 0, 0, 1)
				_, err := s.autoscaling.CreateAutoScalingGroup(t.Context(), in)
				t.refusedWith(err, "AlreadyExists")
			}},
		check{Name: "a group with instances is deleted by force only", Source: scalingSource + "DeleteAutoScalingGroup (ResourceInUseFault); ansible/ansible#8503",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 1)
				id := *s.members("nodes", 1)[0].InstanceId
				_, err := s.autoscaling.DeleteAutoScalingGroup(t.Context(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String("nodes")})
				t.refusedWith(err, "ResourceInUse")
				_, err = s.autoscaling.DeleteAutoScalingGroup(t.Context(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String("nodes"), ForceDelete: aws.Bool(true)})
				t.ok(err)
				s.instanceBecomes(id, types.InstanceStateNameTerminated)
			}},
		check{Name: "a shrinking group terminates instances and a growing one launches them", Source: scalingSource + "UpdateAutoScalingGroup",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 2, 3)
				s.members("nodes", 2)
				for _, size := range []int{3, 1} {
					_, err := s.autoscaling.UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("nodes"), DesiredCapacity: aws.Int32(int32(size))})
					t.ok(err)
					s.members("nodes", size)
				}
			}},
		check{Name: "activities tell of launches and terminations, newest first", Source: scalingSource + "DescribeScalingActivities",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 1, 1)
				id := *s.members("nodes", 1)[0].InstanceId
				_, err := s.terminateMember(id, true)
				t.ok(err)
				out, err := s.autoscaling.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{AutoScalingGroupName: aws.String("nodes")})
				t.ok(err)
				var told []string
				for _, activity := range out.Activities {
					told = append(told, aws.ToString(activity.Description))
				}
				t.holds(len(told) == 2 && strings.Contains(told[0], "Terminating EC2 instance: "+id) && strings.Contains(told[1], "Launching a new EC2 instance"), "activities %q", told)
			}},
		check{Name: "groups come in pages and are found by tag", Source: scalingSource + "DescribeAutoScalingGroups",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/24")
				s.scalingGroup("a", subnet, 0, 0, 1)
				s.scalingGroup("b", subnet, 0, 0, 1)
				out, err := s.autoscaling.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{MaxRecords: aws.Int32(1)})
				t.ok(err)
				t.holds(len(out.AutoScalingGroups) == 1 && aws.ToString(out.NextToken) != "", "no page of one")
				out, err = s.autoscaling.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{
					Filters: []astypes.Filter{{Name: aws.String("tag:group"), Values: []string{"b"}}},
				})
				t.ok(err)
				same(t, "number of groups by tag", len(out.AutoScalingGroups), 1)
			}},
	)
}

// scalingGroup makes a group of one subnet over a launch template of its own.
func (s *side) scalingGroup(name, subnet string, least, desired, most int32) *autoscaling.CreateAutoScalingGroupInput {
	template, err := s.ec2.CreateLaunchTemplate(s.t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("for-" + name),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(image), InstanceType: types.InstanceTypeM5Large},
	})
	s.t.ok(err)
	tag := func(key, value string, propagate bool) astypes.Tag {
		return astypes.Tag{Key: &key, Value: &value, PropagateAtLaunch: &propagate, ResourceId: &name, ResourceType: aws.String("auto-scaling-group")}
	}
	in := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: &least, DesiredCapacity: &desired, MaxSize: &most, VPCZoneIdentifier: &subnet,
		LaunchTemplate: &astypes.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId, Version: aws.String("$Latest")},
		Tags:           []astypes.Tag{tag("role", "node", true), tag("group", name, true), tag("not-for-instances", "x", false)},
	}
	_, err = s.autoscaling.CreateAutoScalingGroup(s.t.Context(), in)
	s.t.ok(err)
	return in
}

func (s *side) describeGroup(name string) astypes.AutoScalingGroup {
	out, err := s.autoscaling.DescribeAutoScalingGroups(s.t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
	s.t.ok(err)
	if len(out.AutoScalingGroups) != 1 {
		s.t.Fatalf("%d groups named %s", len(out.AutoScalingGroups), name)
	}
	return out.AutoScalingGroups[0]
}

// members lets time pass until the group has exactly so many members, all in service.
func (s *side) members(name string, count int) []astypes.Instance {
	var members []astypes.Instance
	s.t.until(s.target, "members of "+name+" in service", func() bool {
		group := s.describeGroup(name)
		members = group.Instances
		return len(members) == count && len(inService(group)) == count
	})
	return members
}

func inService(group astypes.AutoScalingGroup) []string {
	var ids []string
	for _, member := range group.Instances {
		if member.LifecycleState == astypes.LifecycleStateInService {
			ids = append(ids, *member.InstanceId)
		}
	}
	return ids
}

func (s *side) terminateMember(id string, decrement bool) (*autoscaling.TerminateInstanceInAutoScalingGroupOutput, error) {
	return s.autoscaling.TerminateInstanceInAutoScalingGroup(s.t.Context(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &id, ShouldDecrementDesiredCapacity: &decrement,
	})
}

func (s *side) setDesired(name string, capacity int32) error {
	_, err := s.autoscaling.SetDesiredCapacity(s.t.Context(), &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: &name, DesiredCapacity: &capacity})
	return err
}
