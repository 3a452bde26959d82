package scene

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
)

// ClusterSpec describes an EKS cluster in a network. Zero fields take defaults.
type ClusterSpec struct {
	Name string
	// Version of Kubernetes. Default 1.37.
	Version string
	// Nodes is the desired size of the Auto Scaling group. Default 3; negative means no node.
	Nodes int
	// InstanceType of the nodes. Default m5.large.
	InstanceType string
	// WithoutPodGroup gives the pods' interfaces the nodes' groups, as Cilium does where none is configured.
	WithoutPodGroup bool
}

// Cluster is an EKS cluster that was made, with one Auto Scaling group over the node subnets of all zones.
type Cluster struct {
	Name    string
	Network *Network
	// SecurityGroup is the group that EKS made for the cluster.
	SecurityGroup string
	// AutoScalingGroup is the name of the group of its nodes.
	AutoScalingGroup string
	// NodeGroups and PodGroups are the ids of the security groups on the nodes' first interface and on the pods' ones.
	NodeGroups, PodGroups []string
	// InstanceType of the nodes.
	InstanceType string
}

// Image is what nodes are launched from.
const Image = "ami-0123456789abcdef0"

// ClusterTag is the key of the tag that marks what belongs to a cluster; its value is "owned".
func ClusterTag(cluster string) string { return "kubernetes.io/cluster/" + cluster }

// AddCluster makes an EKS cluster and its nodes' Auto Scaling group. The instances come to run by themselves later.
func AddCluster(ctx context.Context, accounts *Accounts, network *Network, spec ClusterSpec) (*Cluster, error) {
	config, err := accounts.Config(ctx, network.Account, network.Region)
	if err != nil {
		return nil, fmt.Errorf("cluster %s: %w", spec.Name, err)
	}
	b := &clusterBuilder{config: config, spec: spec.withDefaults(), cluster: &Cluster{Name: spec.Name, Network: network}}
	for _, step := range []func(context.Context) error{b.addControlPlane, b.addTemplate, b.addGroup} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("cluster %s: %w", spec.Name, err)
		}
	}
	return b.cluster, nil
}

func (s ClusterSpec) withDefaults() ClusterSpec {
	s.Version = cmp.Or(s.Version, "1.37")
	s.InstanceType = cmp.Or(s.InstanceType, string(types.InstanceTypeM5Large))
	s.Nodes = max(cmp.Or(s.Nodes, 3), 0)
	return s
}

type clusterBuilder struct {
	config   aws.Config
	spec     ClusterSpec
	cluster  *Cluster
	template string
}

func (b *clusterBuilder) nodeSubnets() []string {
	ids := make([]string, 0, len(b.cluster.Network.Zones))
	for _, zone := range b.cluster.Network.Zones {
		ids = append(ids, zone.Nodes.ID)
	}
	return ids
}

func (b *clusterBuilder) addControlPlane(ctx context.Context) error {
	client := eks.NewFromConfig(b.config)
	_, err := client.CreateCluster(ctx, &eks.CreateClusterInput{
		Name: &b.spec.Name, Version: &b.spec.Version,
		RoleArn:            aws.String("arn:aws:iam::" + b.cluster.Network.Account + ":role/eks"),
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: b.nodeSubnets()},
		AccessConfig: &ekstypes.CreateAccessConfigRequest{
			AuthenticationMode: ekstypes.AuthenticationModeApiAndConfigMap, BootstrapClusterCreatorAdminPermissions: aws.Bool(false),
		},
	})
	if err != nil {
		return fmt.Errorf("create EKS cluster: %w", err)
	}
	err = until(ctx, "EKS cluster "+b.spec.Name+" active", func() (bool, error) {
		out, err := client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &b.spec.Name})
		if err != nil {
			return false, err
		}
		if out.Cluster.ResourcesVpcConfig != nil {
			b.cluster.SecurityGroup = aws.ToString(out.Cluster.ResourcesVpcConfig.ClusterSecurityGroupId)
		}
		return out.Cluster.Status == ekstypes.ClusterStatusActive, nil
	})
	b.cluster.chooseGroups(b.spec.WithoutPodGroup)
	return err
}

// chooseGroups gives the interfaces the network's groups by name, and the cluster's own group where there is none.
func (c *Cluster) chooseGroups(withoutPodGroup bool) {
	c.NodeGroups = []string{c.SecurityGroup}
	if id, ok := c.Network.Groups[NodeGroup]; ok {
		c.NodeGroups = []string{id}
	}
	c.PodGroups = c.NodeGroups
	if id, ok := c.Network.Groups[PodGroup]; ok && !withoutPodGroup {
		c.PodGroups = []string{id}
	}
}

func (b *clusterBuilder) addTemplate(ctx context.Context) error {
	b.cluster.InstanceType = b.spec.InstanceType
	data := &types.RequestLaunchTemplateData{ImageId: aws.String(Image), InstanceType: types.InstanceType(b.spec.InstanceType)}
	if b.cluster.NodeGroups[0] != "" {
		data.SecurityGroupIds = b.cluster.NodeGroups
	}
	out, err := ec2.NewFromConfig(b.config).CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(b.spec.Name + "-nodes"), LaunchTemplateData: data,
	})
	if err != nil {
		return fmt.Errorf("create launch template: %w", err)
	}
	b.template = *out.LaunchTemplate.LaunchTemplateId
	return nil
}

func (b *clusterBuilder) addGroup(ctx context.Context) error {
	name := b.spec.Name + "-nodes"
	tag := func(key, value string) astypes.Tag {
		return astypes.Tag{Key: &key, Value: &value, PropagateAtLaunch: aws.Bool(true), ResourceId: &name, ResourceType: aws.String("auto-scaling-group")}
	}
	_, err := autoscaling.NewFromConfig(b.config).CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: aws.Int32(0), MaxSize: aws.Int32(int32(b.spec.Nodes + 10)), DesiredCapacity: aws.Int32(int32(b.spec.Nodes)),
		VPCZoneIdentifier: aws.String(strings.Join(b.nodeSubnets(), ",")),
		LaunchTemplate:    &astypes.LaunchTemplateSpecification{LaunchTemplateId: &b.template, Version: aws.String("$Latest")},
		Tags:              []astypes.Tag{tag("Name", name), tag(ClusterTag(b.spec.Name), "owned")},
	})
	if err != nil {
		return fmt.Errorf("create Auto Scaling group %s: %w", name, err)
	}
	b.cluster.AutoScalingGroup = name
	return nil
}
