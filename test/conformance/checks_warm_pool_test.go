package conformance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func init() {
	register(
		check{Name: "an instance of a warm pool is none of its group's, and is shown with the pool", Source: scalingSource + "DescribeAutoScalingGroups, DescribeWarmPool, DescribeAutoScalingInstances; " + scalingGuide + "warm-pool-instance-lifecycle.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 1, 1, 2)
				warm := s.warmPool("nodes", astypes.WarmPoolStateRunning, 1)[0]
				s.instanceBecomes(warm, types.InstanceStateNameRunning)
				group := s.describeGroup("nodes")
				same(t, "members", len(group.Instances), 1)
				same(t, "desired", aws.ToInt32(group.DesiredCapacity), 1)
				t.holds(group.WarmPoolConfiguration != nil && !slices.Contains(inService(group), warm), "the group is %+v", group)
				out, err := s.autoscaling.DescribeAutoScalingInstances(t.Context(), &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: []string{warm}})
				t.ok(err)
				same(t, "state", aws.ToString(out.AutoScalingInstances[0].LifecycleState), "Warmed:Running")
			}},
		check{Name: "an instance of a warm pool cannot be terminated through Auto Scaling", Source: scalingSource + "TerminateInstanceInAutoScalingGroup (\"cannot be called on instances in a warm pool\"; the code is inferred)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 0, 1)
				warm := s.warmPool("nodes", astypes.WarmPoolStateRunning, 1)[0]
				_, err := s.terminateMember(warm, false)
				t.refusedWith(err, "ValidationError")
				s.instanceBecomes(warm, types.InstanceStateNameRunning)
			}},
		check{Name: "a group that grows draws on its warm pool, and starts what is stopped there", Source: scalingGuide + "ec2-auto-scaling-warm-pools.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 0, 1)
				warm := s.warmPool("nodes", astypes.WarmPoolStateStopped, 1)[0]
				s.instanceBecomes(warm, types.InstanceStateNameStopped)
				t.ok(s.setDesired("nodes", 1))
				same(t, "member", aws.ToString(s.members("nodes", 1)[0].InstanceId), warm)
				s.instanceBecomes(warm, types.InstanceStateNameRunning)
			}},
		check{Name: "a warm pool is deleted by force while instances are in it", Source: scalingSource + "DeleteWarmPool (ResourceInUseFault)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				s.scalingGroup("nodes", s.subnet(s.vpc(ourBlock), "10.11.1.0/24"), 0, 0, 1)
				warm := s.warmPool("nodes", astypes.WarmPoolStateRunning, 1)[0]
				_, err := s.autoscaling.DeleteWarmPool(t.Context(), &autoscaling.DeleteWarmPoolInput{AutoScalingGroupName: aws.String("nodes")})
				t.refusedWith(err, "ResourceInUse")
				_, err = s.autoscaling.DeleteWarmPool(t.Context(), &autoscaling.DeleteWarmPoolInput{AutoScalingGroupName: aws.String("nodes"), ForceDelete: aws.Bool(true)})
				t.ok(err)
				s.instanceBecomes(warm, types.InstanceStateNameTerminated)
			}},
	)
}

// warmPool gives a group a warm pool and lets time pass until so many of it are in the pool's state.
func (s *side) warmPool(group string, state astypes.WarmPoolState, count int) []string {
	_, err := s.autoscaling.PutWarmPool(s.t.Context(), &autoscaling.PutWarmPoolInput{AutoScalingGroupName: &group, PoolState: state})
	s.t.ok(err)
	var ids []string
	s.t.until(s.target, "instances in the warm pool of "+group, func() bool {
		out, err := s.autoscaling.DescribeWarmPool(s.t.Context(), &autoscaling.DescribeWarmPoolInput{AutoScalingGroupName: &group})
		s.t.ok(err)
		ids = nil
		for _, one := range out.Instances {
			if string(one.LifecycleState) == "Warmed:"+string(state) {
				ids = append(ids, aws.ToString(one.InstanceId))
			}
		}
		return len(ids) == count
	})
	slices.SortFunc(ids, strings.Compare)
	return ids
}
