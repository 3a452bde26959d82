package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	here  = "eu-west-1"
	there = "us-east-1"
)

// A side is one account in one region, with a client for each service.
type side struct {
	t           *T
	target      *Target
	account     string
	region      string
	config      aws.Config
	ec2         *ec2.Client
	sts         *sts.Client
	eks         *eks.Client
	autoscaling *autoscaling.Client
}

func newSide(t *T, target *Target, account, region string) *side {
	config, err := target.config(t.Context(), account, region)
	t.ok(err)
	return sideWith(t, target, account, config)
}

func sideWith(t *T, target *Target, account string, config aws.Config) *side {
	return &side{
		t: t, target: target, account: account, region: config.Region, config: config,
		ec2: ec2.NewFromConfig(config), sts: sts.NewFromConfig(config),
		eks: eks.NewFromConfig(config), autoscaling: autoscaling.NewFromConfig(config),
	}
}

// oneSide is a fresh account, here.
func oneSide(t *T, target *Target) *side {
	return newSide(t, target, target.newAccount(), here)
}

// in is the same account in another region.
func (s *side) in(region string) *side { return newSide(s.t, s.target, s.account, region) }

// vpc makes a VPC with the blocks, all associated.
func (s *side) vpc(primary string, secondary ...string) string {
	out, err := s.ec2.CreateVpc(s.t.Context(), &ec2.CreateVpcInput{CidrBlock: &primary})
	s.t.ok(err)
	id := *out.Vpc.VpcId
	s.t.until(s.target, id+" available", func() bool {
		vpc, err := s.describeVPC(id)
		return err == nil && vpc.State == types.VpcStateAvailable
	})
	for _, block := range secondary {
		s.associate(id, block)
	}
	return id
}

// associate adds a block to a VPC and lets it become associated.
func (s *side) associate(vpc, block string) {
	_, err := s.ec2.AssociateVpcCidrBlock(s.t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &vpc, CidrBlock: &block})
	s.t.ok(err)
	s.t.until(s.target, block+" associated with "+vpc, func() bool {
		return s.blocks(vpc)[block] == types.VpcCidrBlockStateCodeAssociated
	})
}

// blocks maps a VPC's IPv4 blocks to the states of their associations.
func (s *side) blocks(vpc string) map[string]types.VpcCidrBlockStateCode {
	found, err := s.describeVPC(vpc)
	s.t.ok(err)
	states := map[string]types.VpcCidrBlockStateCode{}
	for _, a := range found.CidrBlockAssociationSet {
		states[aws.ToString(a.CidrBlock)] = a.CidrBlockState.State
	}
	return states
}

func (s *side) describeVPC(id string) (types.Vpc, error) {
	out, err := s.ec2.DescribeVpcs(s.t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{id}})
	if err != nil || len(out.Vpcs) == 0 {
		return types.Vpc{}, err
	}
	return out.Vpcs[0], nil
}

func (s *side) subnet(vpc, block string) string {
	out, err := s.ec2.CreateSubnet(s.t.Context(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: &block})
	s.t.ok(err)
	return *out.Subnet.SubnetId
}

func (s *side) table(vpc string) string {
	out, err := s.ec2.CreateRouteTable(s.t.Context(), &ec2.CreateRouteTableInput{VpcId: &vpc})
	s.t.ok(err)
	return *out.RouteTable.RouteTableId
}

// mainTable finds the table every VPC has.
func (s *side) mainTable(vpc string) string {
	tables := s.tables(filter("vpc-id", vpc), filter("association.main", "true"))
	if len(tables) != 1 {
		s.t.Fatalf("%s has %d main tables", vpc, len(tables))
	}
	return *tables[0].RouteTableId
}

func (s *side) tables(filters ...types.Filter) []types.RouteTable {
	out, err := s.ec2.DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{Filters: filters})
	s.t.ok(err)
	return out.RouteTables
}

// routes maps a table's destinations to its routes.
func (s *side) routes(table string) map[string]types.Route {
	out, err := s.ec2.DescribeRouteTables(s.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}})
	s.t.ok(err)
	routes := map[string]types.Route{}
	for _, r := range out.RouteTables[0].Routes {
		routes[aws.ToString(r.DestinationCidrBlock)+aws.ToString(r.DestinationIpv6CidrBlock)+aws.ToString(r.DestinationPrefixListId)] = r
	}
	return routes
}

func (s *side) route(table, destination, peering string) error {
	_, err := s.ec2.CreateRoute(s.t.Context(), &ec2.CreateRouteInput{
		RouteTableId: &table, DestinationCidrBlock: &destination, VpcPeeringConnectionId: &peering,
	})
	return err
}

func (s *side) group(vpc, name string) string {
	out, err := s.ec2.CreateSecurityGroup(s.t.Context(), &ec2.CreateSecurityGroupInput{
		VpcId: &vpc, GroupName: &name, Description: aws.String("conformance"),
	})
	s.t.ok(err)
	return *out.GroupId
}

// gateway makes an internet gateway attached to the VPC.
func (s *side) gateway(vpc string) string {
	out, err := s.ec2.CreateInternetGateway(s.t.Context(), &ec2.CreateInternetGatewayInput{})
	s.t.ok(err)
	id := out.InternetGateway.InternetGatewayId
	_, err = s.ec2.AttachInternetGateway(s.t.Context(), &ec2.AttachInternetGatewayInput{InternetGatewayId: id, VpcId: &vpc})
	s.t.ok(err)
	return *id
}

func (s *side) tag(id, key, value string) error {
	_, err := s.ec2.CreateTags(s.t.Context(), &ec2.CreateTagsInput{
		Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: &value}},
	})
	return err
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: &name, Values: values}
}

func tagged(kind types.ResourceType, key, value string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: &key, Value: &value}}}}
}

// tagMap makes tags comparable.
func tagMap(tags []types.Tag) map[string]string {
	m := map[string]string{}
	for _, tag := range tags {
		m[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return m
}
