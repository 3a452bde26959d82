package aws

import (
	"context"
	"fmt"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// SubnetVPCs asks for the VPCs of subnets. One that EC2 does not show is missing in the answer.
func (r *Reader) SubnetVPCs(ctx context.Context, ids []string) (map[string]string, error) {
	found, err := inChunks(ctx, "subnet-id", ids, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.Subnet, error) {
		pages := ec2.NewDescribeSubnetsPaginator(r.api, &ec2.DescribeSubnetsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return out.Subnets })
	})
	if err != nil {
		return nil, fmt.Errorf("reading subnets: %w", err)
	}
	vpcs := make(map[string]string, len(found))
	for _, subnet := range found {
		vpcs[awssdk.ToString(subnet.SubnetId)] = awssdk.ToString(subnet.VpcId)
	}
	return vpcs, nil
}
