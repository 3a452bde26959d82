package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/scene"
)

// observer looks at the simulated AWS, and now and then meddles with it, as somebody who is not crossvpc.
type observer struct {
	clients map[*scene.Network]*ec2.Client
}

func newObserver(ctx context.Context, r *rig.Rig) (*observer, error) {
	o := &observer{clients: map[*scene.Network]*ec2.Client{}}
	for _, side := range r.Sides() {
		config, err := r.Accounts.Config(ctx, side.Network.Account, side.Network.Region)
		if err != nil {
			return nil, err
		}
		if config, err = actAs(ctx, config, side.Network.Account, bystanderUser); err != nil {
			return nil, err
		}
		o.clients[side.Network] = ec2.NewFromConfig(config)
	}
	return o, nil
}

// route is a route to a peering connection.
type route struct {
	table, destination, connection string
	state                          types.RouteState
}

// routes lists the routes of a VPC that lead to a peering connection.
func (o *observer) routes(ctx context.Context, n *scene.Network) ([]route, error) {
	tables, err := o.tables(ctx, n)
	if err != nil {
		return nil, err
	}
	var routes []route
	for _, table := range tables {
		for _, r := range table.Routes {
			if r.VpcPeeringConnectionId != nil {
				routes = append(routes, route{*table.RouteTableId, aws.ToString(r.DestinationCidrBlock), *r.VpcPeeringConnectionId, r.State})
			}
		}
	}
	slices.SortFunc(routes, func(a, b route) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.destination, b.destination))
	})
	return routes, nil
}

func (o *observer) tables(ctx context.Context, n *scene.Network) ([]types.RouteTable, error) {
	out, err := o.clients[n].DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: vpcFilter(n)})
	if err != nil {
		return nil, fmt.Errorf("route tables of %s: %w", n.Name, err)
	}
	return out.RouteTables, nil
}

func vpcFilter(n *scene.Network) []types.Filter {
	return []types.Filter{{Name: aws.String("vpc-id"), Values: []string{n.VPCID}}}
}

// rule is a rule of a security group that lets in a block.
type rule struct{ group, id, block string }

// rules lists the rules of the groups of a side's nodes and pods that let in one of the blocks.
func (o *observer) rules(ctx context.Context, side *rig.Side, blocks []string) ([]rule, error) {
	n := side.Network
	ids := slices.Concat(n.GroupIDs(scene.NodeGroup, scene.PodGroup), []string{side.EKS.SecurityGroup})
	out, err := o.clients[n].DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: ids}},
	})
	if err != nil {
		return nil, fmt.Errorf("security group rules of %s: %w", n.Name, err)
	}
	var rules []rule
	for _, r := range out.SecurityGroupRules {
		if block := aws.ToString(r.CidrIpv4); slices.Contains(blocks, block) && !aws.ToBool(r.IsEgress) {
			rules = append(rules, rule{*r.GroupId, *r.SecurityGroupRuleId, block})
		}
	}
	slices.SortFunc(rules, func(a, b rule) int { return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.block, b.block)) })
	return rules, nil
}

// connections lists the ids of the peering connections of a VPC that are not gone, by state.
func (o *observer) connections(ctx context.Context, n *scene.Network) (map[string]types.VpcPeeringConnectionStateReasonCode, error) {
	out, err := o.clients[n].DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
	if err != nil {
		return nil, fmt.Errorf("peering connections of %s: %w", n.Name, err)
	}
	live := map[string]types.VpcPeeringConnectionStateReasonCode{}
	for _, c := range out.VpcPeeringConnections {
		if c.Status.Code != types.VpcPeeringConnectionStateReasonCodeDeleted {
			live[*c.VpcPeeringConnectionId] = c.Status.Code
		}
	}
	return live, nil
}

// path is what one side's route tables and security groups let through, by subnet.
type path struct {
	side   *rig.Side
	tables []types.RouteTable
	rules  []rule
}

func (o *observer) path(ctx context.Context, side, peer *rig.Side) (path, error) {
	p := path{side: side}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) { p.tables, err = o.tables(ctx, side.Network); return err })
	group.Go(func() (err error) { p.rules, err = o.rules(ctx, side, peer.Network.Blocks); return err })
	return p, group.Wait()
}

// carries reports whether what leaves an address of this side is routed to the peer's block, and what comes from there is let in.
func (p path) carries(address netip.Addr, block string) bool {
	subnet, group := p.place(address)
	return leads(p.tableOf(subnet), block) &&
		slices.ContainsFunc(p.rules, func(r rule) bool { return r.group == group && r.block == block })
}

// place finds the subnet of an address and the group on the interface that has it.
func (p path) place(address netip.Addr) (subnet, group string) {
	for _, zone := range p.side.Network.Zones {
		if netip.MustParsePrefix(zone.Nodes.Block).Contains(address) {
			return zone.Nodes.ID, p.side.EKS.NodeGroups[0]
		}
		if netip.MustParsePrefix(zone.Pods.Block).Contains(address) {
			return zone.Pods.ID, p.side.EKS.PodGroups[0]
		}
	}
	return "", ""
}

func (p path) tableOf(subnet string) types.RouteTable {
	for _, table := range p.tables {
		for _, a := range table.Associations {
			if aws.ToString(a.SubnetId) == subnet {
				return table
			}
		}
	}
	return types.RouteTable{}
}

func leads(table types.RouteTable, block string) bool {
	return slices.ContainsFunc(table.Routes, func(r types.Route) bool {
		return aws.ToString(r.DestinationCidrBlock) == block && r.VpcPeeringConnectionId != nil && r.State == types.RouteStateActive
	})
}

// removeRoute takes a route away behind crossvpc's back.
func (o *observer) removeRoute(ctx context.Context, n *scene.Network, r route) error {
	_, err := o.clients[n].DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &r.table, DestinationCidrBlock: &r.destination})
	return err
}
