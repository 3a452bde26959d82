package aws

import (
	"context"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/internal/peering"
)

const (
	// filterValues is how many values EC2 takes in one filter.
	filterValues = 200
	// pageSize is the most that most Describe calls give at once; route tables
	// come 100 at a time (EC2 API model, DescribeRouteTablesMaxResults).
	pageSize      = 1000
	tablePageSize = 100
	// parallelChunks of one read.
	parallelChunks = 4
)

// Everything is asked for by filter, not by id: one id that is gone would fail
// the whole call. What comes back is filtered once more, as emulators ignore filters.

func (r *Reader) readVPCs(ctx context.Context, ids []string) (map[string][]peering.VPC, error) {
	found, err := inChunks(ctx, "vpc-id", ids, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.Vpc, error) {
		pages := ec2.NewDescribeVpcsPaginator(r.api, &ec2.DescribeVpcsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeVpcsOutput) []ec2types.Vpc { return out.Vpcs })
	})
	return grouped(found, vpcOf, func(v peering.VPC) string { return v.ID }), err
}

// readConnections reads all: the filter by status knows not every status, and
// those by VPC can't be combined with or.
func (r *Reader) readConnections(ctx context.Context, _ []string) (map[string][]peering.Connection, error) {
	pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(r.api, &ec2.DescribeVpcPeeringConnectionsInput{MaxResults: awssdk.Int32(pageSize)})
	found, err := all(ctx, pages, func(out *ec2.DescribeVpcPeeringConnectionsOutput) []ec2types.VpcPeeringConnection {
		return out.VpcPeeringConnections
	})
	if err != nil {
		return nil, err
	}
	byVPC, connections := map[string][]peering.Connection{}, make([]peering.Connection, 0, len(found))
	for _, item := range found {
		connection := connectionOf(item)
		connections = append(connections, connection)
		requester, accepter := connection.Requester.VPC, connection.Accepter.VPC
		byVPC[requester] = append(byVPC[requester], connection)
		if accepter != requester {
			byVPC[accepter] = append(byVPC[accepter], connection)
		}
	}
	r.outstanding.note(connections)
	return byVPC, nil
}

// readConnectionsByID reads a few of them. An id that AWS does not show is no error.
func (r *Reader) readConnectionsByID(ctx context.Context, ids []string) (map[string][]peering.Connection, error) {
	found, err := inChunks(ctx, "vpc-peering-connection-id", ids, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.VpcPeeringConnection, error) {
		pages := ec2.NewDescribeVpcPeeringConnectionsPaginator(r.api, &ec2.DescribeVpcPeeringConnectionsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeVpcPeeringConnectionsOutput) []ec2types.VpcPeeringConnection {
			return out.VpcPeeringConnections
		})
	})
	return grouped(found, connectionOf, func(c peering.Connection) string { return c.ID }), err
}

func (r *Reader) readRouteTables(ctx context.Context, vpcs []string) (map[string][]peering.RouteTable, error) {
	found, err := inChunks(ctx, "vpc-id", vpcs, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.RouteTable, error) {
		pages := ec2.NewDescribeRouteTablesPaginator(r.api, &ec2.DescribeRouteTablesInput{Filters: filters, MaxResults: awssdk.Int32(tablePageSize)})
		return all(ctx, pages, func(out *ec2.DescribeRouteTablesOutput) []ec2types.RouteTable { return out.RouteTables })
	})
	if err != nil {
		return nil, err
	}
	tables := grouped(found, routeTableOf, func(t peering.RouteTable) string { return t.VPC })
	return tables, r.spellLists(ctx, tables)
}

func (r *Reader) readSubnets(ctx context.Context, vpcs []string) (map[string][]string, error) {
	found, err := inChunks(ctx, "vpc-id", vpcs, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.Subnet, error) {
		pages := ec2.NewDescribeSubnetsPaginator(r.api, &ec2.DescribeSubnetsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeSubnetsOutput) []ec2types.Subnet { return out.Subnets })
	})
	byVPC := map[string][]string{}
	for _, subnet := range found {
		vpc := awssdk.ToString(subnet.VpcId)
		byVPC[vpc] = append(byVPC[vpc], awssdk.ToString(subnet.SubnetId))
	}
	return byVPC, err
}

func (r *Reader) readGroups(ctx context.Context, vpcs []string) (map[string][]peering.SecurityGroup, error) {
	found, err := r.describeGroups(ctx, "vpc-id", vpcs)
	return grouped(found, groupOf, func(g peering.SecurityGroup) string { return g.VPC }), err
}

// readGroupsByID reads groups of whatever VPC. An id that AWS does not show is no error.
func (r *Reader) readGroupsByID(ctx context.Context, ids []string) (map[string][]peering.SecurityGroup, error) {
	found, err := r.describeGroups(ctx, "group-id", ids)
	return grouped(found, groupOf, func(g peering.SecurityGroup) string { return g.ID }), err
}

func (r *Reader) describeGroups(ctx context.Context, filter string, values []string) ([]ec2types.SecurityGroup, error) {
	return inChunks(ctx, filter, values, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.SecurityGroup, error) {
		pages := ec2.NewDescribeSecurityGroupsPaginator(r.api, &ec2.DescribeSecurityGroupsInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeSecurityGroupsOutput) []ec2types.SecurityGroup { return out.SecurityGroups })
	})
}

func (r *Reader) readRules(ctx context.Context, groups []string) (map[string][]peering.SecurityGroupRule, error) {
	found, err := inChunks(ctx, "group-id", groups, func(ctx context.Context, filters []ec2types.Filter) ([]ec2types.SecurityGroupRule, error) {
		pages := ec2.NewDescribeSecurityGroupRulesPaginator(r.api, &ec2.DescribeSecurityGroupRulesInput{Filters: filters, MaxResults: awssdk.Int32(pageSize)})
		return all(ctx, pages, func(out *ec2.DescribeSecurityGroupRulesOutput) []ec2types.SecurityGroupRule {
			return out.SecurityGroupRules
		})
	})
	if err != nil {
		return nil, err
	}
	rules := grouped(found, ruleOf, func(rule peering.SecurityGroupRule) string { return rule.GroupID })
	return rules, r.spellRuleLists(ctx, rules)
}

type pages[Out any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*ec2.Options)) (Out, error)
}

func all[Out, Item any](ctx context.Context, p pages[Out], items func(Out) []Item) ([]Item, error) {
	var found []Item
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, items(page)...)
	}
	return found, nil
}

// inChunks reads with as many filters as the values need.
func inChunks[Item any](ctx context.Context, filter string, values []string, read func(context.Context, []ec2types.Filter) ([]Item, error)) ([]Item, error) {
	chunks := slices.Collect(slices.Chunk(values, filterValues))
	found := make([][]Item, len(chunks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallelChunks)
	for i, chunk := range chunks {
		group.Go(func() (err error) {
			found[i], err = read(ctx, []ec2types.Filter{{Name: awssdk.String(filter), Values: chunk}})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

func grouped[In, Out any](found []In, convert func(In) Out, key func(Out) string) map[string][]Out {
	byKey := map[string][]Out{}
	for _, item := range found {
		converted := convert(item)
		byKey[key(converted)] = append(byKey[key(converted)], converted)
	}
	return byKey
}
