package aws

import (
	"context"
	"fmt"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Interface is a network interface.
type Interface struct {
	ID, VPC, Subnet string
	// Groups are its security groups, sorted.
	Groups []string
	// Instance that it is attached to; empty: none.
	Instance string
}

// Interfaces asks for network interfaces. One that EC2 does not show is missing in the answer.
func (r *Reader) Interfaces(ctx context.Context, ids []string) (map[string]Interface, error) {
	found, err := inChunks(ctx, "network-interface-id", ids, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.NetworkInterface, error) {
		pages := ec2.NewDescribeNetworkInterfacesPaginator(r.api, &ec2.DescribeNetworkInterfacesInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeNetworkInterfacesOutput) []ec2types.NetworkInterface {
			return out.NetworkInterfaces
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading network interfaces: %w", err)
	}
	interfaces := make(map[string]Interface, len(found))
	for _, item := range found {
		interfaces[awssdk.ToString(item.NetworkInterfaceId)] = interfaceOf(item)
	}
	return interfaces, nil
}

func interfaceOf(in ec2types.NetworkInterface) Interface {
	out := Interface{ID: awssdk.ToString(in.NetworkInterfaceId), VPC: awssdk.ToString(in.VpcId), Subnet: awssdk.ToString(in.SubnetId)}
	for _, group := range in.Groups {
		out.Groups = append(out.Groups, awssdk.ToString(group.GroupId))
	}
	slices.Sort(out.Groups)
	if in.Attachment != nil {
		out.Instance = awssdk.ToString(in.Attachment.InstanceId)
	}
	return out
}

// FirstInterfaces asks for the first network interfaces of instances, by the instance. An instance that EC2 does not show is
// missing in the answer.
func (r *Reader) FirstInterfaces(ctx context.Context, instances []string) (map[string]Interface, error) {
	first := ec2types.Filter{Name: awssdk.String("attachment.device-index"), Values: []string{"0"}}
	found, err := inChunks(ctx, "attachment.instance-id", instances, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.NetworkInterface, error) {
		in := &ec2.DescribeNetworkInterfacesInput{Filters: append(filters, first), MaxResults: awssdk.Int32(pageSize)}
		return all(ctx, ec2.NewDescribeNetworkInterfacesPaginator(r.api, in), func(out *ec2.DescribeNetworkInterfacesOutput) []ec2types.NetworkInterface {
			return out.NetworkInterfaces
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading network interfaces: %w", err)
	}
	interfaces := make(map[string]Interface, len(found))
	for _, item := range found {
		eni := interfaceOf(item)
		interfaces[eni.Instance] = eni
	}
	return interfaces, nil
}

// InstanceTags asks for the tags of instances that have these keys, in which * stands for anything.
func (r *Reader) InstanceTags(ctx context.Context, ids, keys []string) (map[string]map[string]string, error) {
	kind := []ec2types.Filter{
		{Name: awssdk.String("resource-type"), Values: []string{string(ec2types.ResourceTypeInstance)}},
		{Name: awssdk.String("key"), Values: keys},
	}
	found, err := inChunks(ctx, "resource-id", ids, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.TagDescription, error) {
		pages := ec2.NewDescribeTagsPaginator(r.api, &ec2.DescribeTagsInput{Filters: append(filters, kind...), MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeTagsOutput) []ec2types.TagDescription { return out.Tags })
	})
	if err != nil {
		return nil, fmt.Errorf("reading the tags of instances: %w", err)
	}
	tags := map[string]map[string]string{}
	for _, tag := range found {
		id := awssdk.ToString(tag.ResourceId)
		if tags[id] == nil {
			tags[id] = map[string]string{}
		}
		tags[id][awssdk.ToString(tag.Key)] = awssdk.ToString(tag.Value)
	}
	return tags, nil
}
