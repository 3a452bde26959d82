package policies

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

func (w *world) subnet(zone, block string) string {
	out, err := w.owner.ec2.CreateSubnet(w.ctx, &ec2.CreateSubnetInput{VpcId: &w.home, CidrBlock: &block, AvailabilityZone: aws.String(w.ownPlace.Region + zone)})
	w.ok(err)
	return *out.Subnet.SubnetId
}

// cluster makes an EKS cluster with an access entry of the role, as its owner.
func (w *world) cluster(name string) {
	_, err := w.owner.eks.CreateCluster(w.ctx, &eks.CreateClusterInput{
		Name: &name, RoleArn: &w.role, AccessConfig: &ekstypes.CreateAccessConfigRequest{AuthenticationMode: ekstypes.AuthenticationModeApi},
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: []string{w.subnet("a", "10.11.0.0/24"), w.subnet("b", "10.11.1.0/24")}},
	})
	w.ok(err)
	_, err = w.owner.eks.CreateAccessEntry(w.ctx, &eks.CreateAccessEntryInput{ClusterName: &name, PrincipalArn: &w.role})
	w.ok(err)
}

func (w *world) describeCluster(name string) error {
	_, err := w.me.eks.DescribeCluster(w.ctx, &eks.DescribeClusterInput{Name: &name})
	return err
}

func (w *world) describeEntry(name string) error {
	_, err := w.me.eks.DescribeAccessEntry(w.ctx, &eks.DescribeAccessEntryInput{ClusterName: &name, PrincipalArn: &w.role})
	return err
}

// scalingGroup makes a group of a cluster's nodes with one instance, as its owner.
func (w *world) scalingGroup(cluster string) (instance string) {
	template, err := w.owner.ec2.CreateLaunchTemplate(w.ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("nodes"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String("ami-0123456789abcdef0"), InstanceType: types.InstanceTypeM5Large},
	})
	w.ok(err)
	_, err = w.owner.autoscaling.CreateAutoScalingGroup(w.ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("nodes"), MinSize: aws.Int32(1), MaxSize: aws.Int32(2), VPCZoneIdentifier: aws.String(w.subnet("a", "10.11.0.0/24")),
		LaunchTemplate: &astypes.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplate.LaunchTemplateId},
		Tags: []astypes.Tag{{
			Key: aws.String("kubernetes.io/cluster/" + cluster), Value: aws.String("owned"), PropagateAtLaunch: aws.Bool(true),
			ResourceId: aws.String("nodes"), ResourceType: aws.String("auto-scaling-group"),
		}},
	})
	w.ok(err)
	out, err := w.owner.autoscaling.DescribeAutoScalingInstances(w.ctx, &autoscaling.DescribeAutoScalingInstancesInput{})
	w.ok(err)
	return *out.AutoScalingInstances[0].InstanceId
}

func (w *world) terminate(instance string) error {
	_, err := w.me.autoscaling.TerminateInstanceInAutoScalingGroup(w.ctx, &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &instance, ShouldDecrementDesiredCapacity: aws.Bool(false),
	})
	return err
}

func (w *world) resize(cluster string) error {
	w.scalingGroup(cluster)
	_, err := w.me.autoscaling.SetDesiredCapacity(w.ctx, &autoscaling.SetDesiredCapacityInput{AutoScalingGroupName: aws.String("nodes"), DesiredCapacity: aws.Int32(2)})
	return err
}

func (w *world) dropGroup(cluster string) error {
	w.scalingGroup(cluster)
	_, err := w.me.autoscaling.DeleteAutoScalingGroup(w.ctx, &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: aws.String("nodes")})
	return err
}
