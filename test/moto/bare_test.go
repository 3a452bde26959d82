package moto

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"github.com/crossvpc/crossvpc/test/scene"
)

// bare is a client that knows the ids and decides nothing: it makes the calls that crossvpc made, for as many other pairs.
type bare struct {
	accounts *scene.Accounts
	pairs    []*scene.Pair
	// reads are how often each list was asked for.
	reads map[string]int
}

// mostAtOnce is how many calls are on their way; moto answers one after the other.
const mostAtOnce = 16

// took is how long that takes: mostly moto's own time.
func (b *bare) took(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(mostAtOnce)
	for _, pair := range b.pairs {
		group.Go(func() error { return b.join(ctx, pair) })
	}
	for _, action := range slices.Sorted(maps.Keys(b.reads)) {
		for n := range b.reads[action] {
			pair := b.pairs[n/2%len(b.pairs)]
			network := []*scene.Network{pair.Requester, pair.Accepter}[n%2]
			group.Go(func() error { return b.read(ctx, action, network) })
		}
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

func (b *bare) api(ctx context.Context, network *scene.Network) (*ec2.Client, error) {
	config, err := b.accounts.Config(ctx, network.Account, network.Region)
	if err != nil {
		return nil, err
	}
	return ec2.NewFromConfig(config), nil
}

func (b *bare) join(ctx context.Context, pair *scene.Pair) error {
	asking, err := b.api(ctx, pair.Requester)
	if err != nil {
		return err
	}
	asked, err := b.api(ctx, pair.Accepter)
	if err != nil {
		return err
	}
	made, err := asking.CreateVpcPeeringConnection(ctx, &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &pair.Requester.VPCID, PeerVpcId: &pair.Accepter.VPCID, PeerOwnerId: &pair.Accepter.Account, PeerRegion: &pair.Accepter.Region,
	})
	if err != nil {
		return err
	}
	id := made.VpcPeeringConnection.VpcPeeringConnectionId
	if _, err := asked.AcceptVpcPeeringConnection(ctx, &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id}); err != nil {
		return err
	}
	if err := open(ctx, asking, pair.Requester, pair.Accepter, id); err != nil {
		return err
	}
	return open(ctx, asked, pair.Accepter, pair.Requester, id)
}

// open makes the rules and routes of one side.
func open(ctx context.Context, api *ec2.Client, own, peer *scene.Network, connection *string) error {
	for _, group := range own.Groups {
		permission := ec2types.IpPermission{IpProtocol: awssdk.String("-1")}
		for _, block := range peer.Blocks {
			permission.IpRanges = append(permission.IpRanges, ec2types.IpRange{CidrIp: &block})
		}
		in := &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []ec2types.IpPermission{permission}}
		if _, err := api.AuthorizeSecurityGroupIngress(ctx, in); err != nil {
			return err
		}
	}
	for _, table := range own.Tables {
		for _, block := range peer.Blocks {
			in := &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, VpcPeeringConnectionId: connection}
			if _, err := api.CreateRoute(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// read lists what one of crossvpc's reads lists: of the VPCs of all pairs in a region.
func (b *bare) read(ctx context.Context, action string, network *scene.Network) error {
	api, err := b.api(ctx, network)
	if err != nil {
		return err
	}
	byVPC, byGroup := b.filters(network)
	switch action {
	case "DescribeVpcs":
		_, err = api.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{Filters: byVPC})
	case "DescribeVpcPeeringConnections":
		_, err = api.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
	case "DescribeRouteTables":
		_, err = api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{Filters: byVPC})
	case "DescribeSubnets":
		_, err = api.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{Filters: byVPC})
	case "DescribeSecurityGroups":
		_, err = api.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{Filters: byVPC})
	case "DescribeSecurityGroupRules":
		_, err = api.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{Filters: byGroup})
	case "DescribeNetworkAcls":
		_, err = api.DescribeNetworkAcls(ctx, &ec2.DescribeNetworkAclsInput{Filters: byVPC})
	default:
		err = fmt.Errorf("crossvpc calls %s, which the bare client does not know", action)
	}
	return err
}

// filters name the VPCs, and the groups, of all pairs that are in the network's account and region.
func (b *bare) filters(of *scene.Network) (byVPC, byGroup []ec2types.Filter) {
	vpcs, groups := ec2types.Filter{Name: awssdk.String("vpc-id")}, ec2types.Filter{Name: awssdk.String("group-id")}
	for _, pair := range b.pairs {
		for _, network := range []*scene.Network{pair.Requester, pair.Accepter} {
			if network.Account == of.Account && network.Region == of.Region {
				vpcs.Values, groups.Values = append(vpcs.Values, network.VPCID), append(groups.Values, slices.Collect(maps.Values(network.Groups))...)
			}
		}
	}
	return []ec2types.Filter{vpcs}, []ec2types.Filter{groups}
}
