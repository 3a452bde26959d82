package main

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kwok "sigs.k8s.io/karpenter/kwok/cloudprovider"
	v1 "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/cloudprovider"
	"sigs.k8s.io/karpenter/pkg/scheduling"
)

// provider is kwok's, with instances for machines. It does what Karpenter's provider for AWS does as far as the cluster
// can tell: the instances carry tags by which nodesim registers their nodes as a kubelet would.
type provider struct {
	*kwok.CloudProvider

	place place
	types []*cloudprovider.InstanceType
	ec2   *ec2.Client
}

// The tags of an instance of Karpenter's (its provider for AWS sets them too).
const (
	poolTag  = "karpenter.sh/nodepool"
	claimTag = "karpenter.sh/nodeclaim"
)

func newProvider(ctx context.Context, kube client.Client, types []*cloudprovider.InstanceType, here place) (*provider, error) {
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &provider{kwok.NewCloudProvider(ctx, kube, types), here, types, ec2.NewFromConfig(sdk)}, nil
}

// Create launches an instance of the first type that fits, in the cheapest zone that does.
func (p *provider) Create(ctx context.Context, claim *v1.NodeClaim) (*v1.NodeClaim, error) {
	wanted := scheduling.NewNodeSelectorRequirementsWithMinValues(claim.Spec.Requirements...)
	for _, kind := range p.types {
		offers := kind.Offerings.Available().Compatible(wanted)
		if !wanted.Get(corev1.LabelInstanceTypeStable).Has(kind.Name) || len(offers) == 0 {
			continue
		}
		labels := labelsOf(wanted, kind.Requirements, offers.Cheapest().Requirements)
		instance, err := p.launch(ctx, claim, labels)
		if err != nil {
			return nil, err
		}
		return p.claimOf(instance, labels), nil
	}
	return nil, cloudprovider.NewInsufficientCapacityError(fmt.Errorf("no instance type fits NodeClaim %s", claim.Name))
}

// labelsOf are the requirements that leave no choice; what is named later wins.
func labelsOf(all ...scheduling.Requirements) map[string]string {
	labels := map[string]string{}
	for _, requirements := range all {
		for key, requirement := range requirements {
			if requirement.Operator() == corev1.NodeSelectorOpIn && requirement.Len() == 1 {
				labels[key] = requirement.Values()[0]
			}
		}
	}
	return labels
}

func (p *provider) launch(ctx context.Context, claim *v1.NodeClaim, labels map[string]string) (types.Instance, error) {
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	subnet := p.place.Subnets[labels[corev1.LabelTopologyZone]]
	out, err := p.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: &p.place.Image, InstanceType: types.InstanceType(labels[corev1.LabelInstanceTypeStable]),
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &subnet, SecurityGroupIds: p.place.Groups,
		ClientToken: aws.String(string(claim.UID)),
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: []types.Tag{
			tag("kubernetes.io/cluster/"+p.place.Cluster, "owned"), tag(poolTag, claim.Labels[v1.NodePoolLabelKey]), tag(claimTag, claim.Name),
		}}},
	})
	if err != nil {
		return types.Instance{}, fmt.Errorf("launch for NodeClaim %s: %w", claim.Name, err)
	}
	return out.Instances[0], nil
}

// claimOf says of an instance what Karpenter wants to know.
func (p *provider) claimOf(instance types.Instance, labels map[string]string) *v1.NodeClaim {
	zone := aws.ToString(instance.Placement.AvailabilityZone)
	claim := &v1.NodeClaim{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
		corev1.LabelInstanceTypeStable: string(instance.InstanceType), corev1.LabelTopologyZone: zone,
	}}}
	maps.Copy(claim.Labels, labels)
	for _, tag := range instance.Tags {
		switch aws.ToString(tag.Key) {
		case claimTag:
			claim.Name = aws.ToString(tag.Value)
		case poolTag:
			claim.Labels[v1.NodePoolLabelKey] = aws.ToString(tag.Value)
		}
	}
	claim.Status.ProviderID = "aws:///" + zone + "/" + aws.ToString(instance.InstanceId)
	for _, kind := range p.types {
		if kind.Name == string(instance.InstanceType) {
			claim.Status.Capacity, claim.Status.Allocatable = kind.Capacity, kind.Allocatable()
		}
	}
	return claim
}

// Delete terminates the instance, and says that there is none once EC2 does.
func (p *provider) Delete(ctx context.Context, claim *v1.NodeClaim) error {
	id := instanceID(claim.Status.ProviderID)
	if _, err := p.Get(ctx, claim.Status.ProviderID); err != nil {
		return err
	}
	if _, err := p.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
		return fmt.Errorf("terminate %s: %w", id, err)
	}
	_, err := p.Get(ctx, claim.Status.ProviderID)
	return err
}

// Get finds an instance that runs, or is about to.
func (p *provider) Get(ctx context.Context, providerID string) (*v1.NodeClaim, error) {
	found, err := p.describe(ctx, types.Filter{Name: aws.String("instance-id"), Values: []string{instanceID(providerID)}})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, cloudprovider.NewNodeClaimNotFoundError(fmt.Errorf("no instance %s", providerID))
	}
	return found[0], nil
}

// List finds all of Karpenter's instances.
func (p *provider) List(ctx context.Context) ([]*v1.NodeClaim, error) { return p.describe(ctx) }

func (p *provider) describe(ctx context.Context, filters ...types.Filter) ([]*v1.NodeClaim, error) {
	pages := ec2.NewDescribeInstancesPaginator(p.ec2, &ec2.DescribeInstancesInput{Filters: append(filters,
		types.Filter{Name: aws.String("tag:kubernetes.io/cluster/" + p.place.Cluster), Values: []string{"owned"}},
		types.Filter{Name: aws.String("tag-key"), Values: []string{claimTag}},
		types.Filter{Name: aws.String("instance-state-name"), Values: []string{"pending", "running"}},
	)})
	var claims []*v1.NodeClaim
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the instances of %s: %w", p.place.Cluster, err)
		}
		for _, reservation := range page.Reservations {
			for _, instance := range reservation.Instances {
				claims = append(claims, p.claimOf(instance, nil))
			}
		}
	}
	return claims, nil
}

func instanceID(providerID string) string { return providerID[strings.LastIndex(providerID, "/")+1:] }
