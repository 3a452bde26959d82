package scene

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Network is a VPC that was made, with its ids.
type Network struct {
	Account, Region, Name string
	VPCID                 string
	// Blocks are the VPC's IPv4 blocks, the primary first.
	Blocks []string
	Zones  []Zone
	// MainTable serves the subnets that are associated with no table.
	MainTable string
	// Tables are the other tables, each associated with the subnets of at least one zone.
	Tables []string
	// Groups maps the security groups' names to their ids.
	Groups map[string]string
}

// Zone is an availability zone with one subnet for nodes and one for pods.
type Zone struct {
	// Name is the zone's name, such as eu-west-1a.
	Name  string
	Nodes Subnet
	Pods  Subnet
}

// Subnet is a subnet that was made.
type Subnet struct{ ID, Block string }

// The default security groups: of the nodes' own interfaces and of the interfaces that Cilium adds for pods.
const (
	NodeGroup = "nodes"
	PodGroup  = "pods"
)

// GroupIDs lists the ids of the groups in the order of the names.
func (n *Network) GroupIDs(names ...string) []string {
	ids := make([]string, 0, len(names))
	for _, name := range names {
		ids = append(ids, n.Groups[name])
	}
	return ids
}

// Subnets lists the ids of all subnets.
func (n *Network) Subnets() []string {
	ids := make([]string, 0, 2*len(n.Zones))
	for _, zone := range n.Zones {
		ids = append(ids, zone.Nodes.ID, zone.Pods.ID)
	}
	return ids
}

// AddNetwork makes a VPC and what belongs to it, and returns when its blocks are associated.
func AddNetwork(ctx context.Context, accounts *Accounts, spec NetworkSpec) (*Network, error) {
	spec = spec.withDefaults()
	if err := spec.validate(); err != nil {
		return nil, err
	}
	config, err := accounts.Config(ctx, spec.Account, spec.Region)
	if err != nil {
		return nil, fmt.Errorf("network %s: %w", spec.Name, err)
	}
	b := &networkBuilder{
		ec2: ec2.NewFromConfig(config), spec: spec,
		network: &Network{Account: spec.Account, Region: spec.Region, Name: spec.Name, Blocks: spec.Blocks, Groups: map[string]string{}},
	}
	for _, step := range []func(context.Context) error{b.addVPC, b.addBlocks, b.addSubnets, b.addTables, b.addGroups} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("network %s: %w", spec.Name, err)
		}
	}
	return b.network, nil
}

type networkBuilder struct {
	ec2     *ec2.Client
	spec    NetworkSpec
	network *Network
}

func (b *networkBuilder) named(kind types.ResourceType, part string) []types.TagSpecification {
	name := b.spec.Name
	if part != "" {
		name += "-" + part
	}
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: &name}}}}
}

func (b *networkBuilder) addVPC(ctx context.Context) error {
	out, err := b.ec2.CreateVpc(ctx, &ec2.CreateVpcInput{
		CidrBlock: &b.spec.Blocks[0], TagSpecifications: b.named(types.ResourceTypeVpc, ""),
	})
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	b.network.VPCID = *out.Vpc.VpcId
	return until(ctx, b.network.VPCID+" available", func() (bool, error) {
		vpc, err := b.describeVPC(ctx)
		return err == nil && vpc.State == types.VpcStateAvailable, err
	})
}

func (b *networkBuilder) addBlocks(ctx context.Context) error {
	for _, block := range b.spec.Blocks[1:] {
		in := &ec2.AssociateVpcCidrBlockInput{VpcId: &b.network.VPCID, CidrBlock: &block}
		if _, err := b.ec2.AssociateVpcCidrBlock(ctx, in); err != nil {
			return fmt.Errorf("associate %s: %w", block, err)
		}
	}
	return until(ctx, "the blocks of "+b.network.VPCID+" associated", func() (bool, error) {
		vpc, err := b.describeVPC(ctx)
		return err == nil && associated(vpc) == len(b.spec.Blocks), err
	})
}

func associated(vpc types.Vpc) int {
	n := 0
	for _, a := range vpc.CidrBlockAssociationSet {
		if a.CidrBlockState != nil && a.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			n++
		}
	}
	return n
}

func (b *networkBuilder) describeVPC(ctx context.Context) (types.Vpc, error) {
	out, err := b.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{b.network.VPCID}})
	if err != nil || len(out.Vpcs) == 0 {
		return types.Vpc{}, err
	}
	return out.Vpcs[0], nil
}

func (b *networkBuilder) addSubnets(ctx context.Context) error {
	for i := range b.spec.Zones {
		zone := Zone{Name: b.spec.Region + string(rune('a'+i))}
		for _, subnet := range []struct {
			made        *Subnet
			block, part string
		}{{&zone.Nodes, b.spec.nodeBlock(i), "nodes"}, {&zone.Pods, b.spec.podBlock(i), "pods"}} {
			out, err := b.ec2.CreateSubnet(ctx, &ec2.CreateSubnetInput{
				VpcId: &b.network.VPCID, CidrBlock: &subnet.block, AvailabilityZone: &zone.Name,
				TagSpecifications: b.named(types.ResourceTypeSubnet, subnet.part+"-"+zone.Name),
			})
			if err != nil {
				return fmt.Errorf("create subnet %s: %w", subnet.block, err)
			}
			*subnet.made = Subnet{ID: *out.Subnet.SubnetId, Block: subnet.block}
		}
		b.network.Zones = append(b.network.Zones, zone)
	}
	return nil
}

// until polls, as eventual consistency asks for; an error ends it only when the time is up.
func until(ctx context.Context, what string, done func() (bool, error)) error {
	const pause, patience = 20 * time.Millisecond, 30 * time.Second
	var last error
	err := wait.PollUntilContextTimeout(ctx, pause, patience, true, func(context.Context) (bool, error) {
		var ok bool
		ok, last = done()
		return ok, nil
	})
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, errors.Join(err, last))
	}
	return nil
}
