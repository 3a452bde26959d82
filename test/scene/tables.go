package scene

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func (b *networkBuilder) addTables(ctx context.Context) error {
	if err := b.findMainTable(ctx); err != nil {
		return err
	}
	for i := range b.spec.Tables {
		out, err := b.ec2.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{
			VpcId: &b.network.VPCID, TagSpecifications: b.named(types.ResourceTypeRouteTable, strconv.Itoa(i)),
		})
		if err != nil {
			return fmt.Errorf("create route table: %w", err)
		}
		b.network.Tables = append(b.network.Tables, *out.RouteTable.RouteTableId)
	}
	return b.associate(ctx)
}

func (b *networkBuilder) findMainTable(ctx context.Context) error {
	out, err := b.ec2.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{b.network.VPCID}},
		{Name: aws.String("association.main"), Values: []string{"true"}},
	}})
	if err != nil {
		return fmt.Errorf("find the main route table of %s: %w", b.network.VPCID, err)
	}
	if len(out.RouteTables) != 1 {
		return fmt.Errorf("%s has %d main route tables", b.network.VPCID, len(out.RouteTables))
	}
	b.network.MainTable = *out.RouteTables[0].RouteTableId
	return nil
}

// associate shares the tables among the subnets: zone by zone, or one by one where there are more tables than zones.
func (b *networkBuilder) associate(ctx context.Context) error {
	tables, each := b.network.Tables, 2
	if len(tables) == 0 {
		return nil
	}
	if len(tables) > len(b.network.Zones) {
		each = 1
	}
	for i, subnet := range b.network.Subnets() {
		table := tables[i/each%len(tables)]
		in := &ec2.AssociateRouteTableInput{RouteTableId: &table, SubnetId: &subnet}
		if _, err := b.ec2.AssociateRouteTable(ctx, in); err != nil {
			return fmt.Errorf("associate %s with %s: %w", table, subnet, err)
		}
	}
	return nil
}

func (b *networkBuilder) addGroups(ctx context.Context) error {
	for _, name := range b.spec.Groups {
		full := b.spec.Name + "-" + name
		out, err := b.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
			VpcId: &b.network.VPCID, GroupName: &full, Description: aws.String(name + " of " + b.spec.Name),
			TagSpecifications: b.named(types.ResourceTypeSecurityGroup, name),
		})
		if err != nil {
			return fmt.Errorf("create security group %s: %w", name, err)
		}
		b.network.Groups[name] = *out.GroupId
	}
	return nil
}
