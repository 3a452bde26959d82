package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	blocksGuide = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"
	vpcSource   = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html"
)

func init() {
	register(
		check{Name: "a VPC shows its encryption control and the exclusion for peering", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-encryption-controls.html; " + modelSource + "Vpc$EncryptionControl",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				shown := func() *types.VpcEncryptionControl {
					out, err := s.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{vpc}})
					t.ok(err)
					return out.Vpcs[0].EncryptionControl
				}
				t.holds(shown() == nil, "a VPC has a control that nobody made")
				made, err := s.ec2.CreateVpcEncryptionControl(t.Context(), &ec2.CreateVpcEncryptionControlInput{VpcId: &vpc})
				t.ok(err)
				same(t, "mode", made.VpcEncryptionControl.Mode, types.VpcEncryptionControlModeMonitor)
				t.until(target, "the control", func() bool { return shown() != nil && shown().State == types.VpcEncryptionControlStateAvailable })
				_, err = s.ec2.ModifyVpcEncryptionControl(t.Context(), &ec2.ModifyVpcEncryptionControlInput{VpcEncryptionControlId: made.VpcEncryptionControl.VpcEncryptionControlId, Mode: types.VpcEncryptionControlModeEnforce})
				t.ok(err)
				t.until(target, "mode enforce", func() bool {
					return shown().Mode == types.VpcEncryptionControlModeEnforce && shown().State == types.VpcEncryptionControlStateAvailable
				})
				same(t, "exclusion", shown().ResourceExclusions.VpcPeering.State, types.VpcEncryptionControlExclusionStateDisabled)
				_, err = s.ec2.ModifyVpcEncryptionControl(t.Context(), &ec2.ModifyVpcEncryptionControlInput{VpcEncryptionControlId: made.VpcEncryptionControl.VpcEncryptionControlId, VpcPeeringExclusion: types.VpcEncryptionControlExclusionStateInputEnable})
				t.ok(err)
				t.until(target, "the exclusion", func() bool {
					return shown().ResourceExclusions.VpcPeering.State == types.VpcEncryptionControlExclusionStateEnabled
				})
			}},
		check{Name: "a VPC names its owner and its associated primary block", Source: modelSource + "Vpc",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				got, err := s.describeVPC(id)
				t.ok(err)
				same(t, "owner", aws.ToString(got.OwnerId), s.account)
				same(t, "block", aws.ToString(got.CidrBlock), ourBlock)
				same(t, "default", aws.ToBool(got.IsDefault), false)
				same(t, "blocks", s.blocks(id), map[string]types.VpcCidrBlockStateCode{ourBlock: types.VpcCidrBlockStateCodeAssociated})
			}},
		check{Name: "a VPC's block is cut to its network", Source: modelSource + "CreateVpcRequest$CidrBlock (canonical form)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				out, err := s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.11.0.7/16")})
				t.ok(err)
				same(t, "block", aws.ToString(out.Vpc.CidrBlock), ourBlock)
			}},
		check{Name: "a VPC is between a 16th and a 28th in size", Source: blocksGuide + "; " + errorsSource + " InvalidVpc.Range",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				for _, block := range []string{"10.0.0.0/15", "10.0.0.0/29"} {
					_, err := s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: &block})
					t.refusedWith(err, "InvalidVpc.Range")
				}
			}},
		check{Name: "a secondary block is first associating and then associated", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				out, err := s.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &id, CidrBlock: aws.String("100.64.0.0/16")})
				t.ok(err)
				same(t, "state", out.CidrBlockAssociation.CidrBlockState.State, types.VpcCidrBlockStateCodeAssociating)
				t.until(target, "the block associated", func() bool {
					return s.blocks(id)["100.64.0.0/16"] == types.VpcCidrBlockStateCodeAssociated
				})
			}},
		check{Name: "a VPC's blocks do not overlap", Source: blocksGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				_, err := s.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &id, CidrBlock: aws.String("10.11.128.0/17")})
				t.refused(err)
			}},
		check{Name: "a block that a route already covers cannot be added", Source: blocksGuide + " (must not be the same or larger than a destination in a route)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				t.ok(p.ours.route(table, "100.64.0.0/16", id))
				_, err := p.ours.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &p.ourVPC, CidrBlock: aws.String("100.64.0.0/16")})
				t.refused(err)
			}},
		check{Name: "a disassociated block is no longer associated", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock, "100.64.0.0/16")
				vpc, err := s.describeVPC(id)
				t.ok(err)
				for _, a := range vpc.CidrBlockAssociationSet {
					if aws.ToString(a.CidrBlock) != ourBlock {
						_, err := s.ec2.DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: a.AssociationId})
						t.ok(err)
					}
				}
				t.until(target, "the block gone", func() bool {
					state, there := s.blocks(id)["100.64.0.0/16"]
					return !there || state == types.VpcCidrBlockStateCodeDisassociated
				})
			}},
		check{Name: "the primary block cannot be disassociated", Source: blocksGuide + " (you cannot disassociate the primary); " + errorsSource + " OperationNotPermitted",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc, err := s.describeVPC(s.vpc(ourBlock))
				t.ok(err)
				_, err = s.ec2.DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: vpc.CidrBlockAssociationSet[0].AssociationId})
				t.refusedWith(err, "OperationNotPermitted")
			}},
		check{Name: "a VPC may have a 56th of IPv6 from Amazon", Source: modelSource + "CreateVpcRequest$AmazonProvidedIpv6CidrBlock",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				out, err := s.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String(ourBlock), AmazonProvidedIpv6CidrBlock: aws.Bool(true)})
				t.ok(err)
				t.until(target, "the IPv6 block", func() bool {
					vpc, err := s.describeVPC(*out.Vpc.VpcId)
					if err != nil || len(vpc.Ipv6CidrBlockAssociationSet) != 1 {
						return false
					}
					a := vpc.Ipv6CidrBlockAssociationSet[0]
					return a.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated && hasSuffix(a.Ipv6CidrBlock, "/56")
				})
			}},
		check{Name: "a new VPC supports DNS but gives no hostnames", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				same(t, "support", s.attribute(id, types.VpcAttributeNameEnableDnsSupport), true)
				same(t, "hostnames", s.attribute(id, types.VpcAttributeNameEnableDnsHostnames), false)
				_, err := s.ec2.ModifyVpcAttribute(t.Context(), &ec2.ModifyVpcAttributeInput{VpcId: &id, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
				t.ok(err)
				t.until(target, "hostnames on", func() bool { return s.attribute(id, types.VpcAttributeNameEnableDnsHostnames) })
			}},
		check{Name: "describing an unknown VPC by id fails and by filter gives nothing", Source: errorsSource + " InvalidVpcID.NotFound; " + vpcSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				const unknown = "vpc-0123456789abcdef0"
				_, err := s.describeVPC(unknown)
				t.refusedWith(err, "InvalidVpcID.NotFound")
				same(t, "ids", s.vpcIDs(filter("vpc-id", unknown)), nil)
			}},
		check{Name: "one unknown id among several fails the whole call", Source: errorsSource + " InvalidVpcID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{s.vpc(ourBlock), "vpc-0123456789abcdef0"}})
				t.refusedWith(err, "InvalidVpcID.NotFound")
			}},
		check{Name: "VPCs are found by block, tag, owner and state", Source: vpcSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				first, second := s.vpc(ourBlock, "100.64.0.0/16"), s.vpc(theirBlock)
				t.ok(s.tag(first, "env", "prod"))
				t.until(target, "the tag", func() bool { return len(s.vpcIDs(filter("tag:env", "prod"))) == 1 })
				same(t, "by tag", s.vpcIDs(filter("tag:env", "prod")), []string{first})
				same(t, "by tag key", s.vpcIDs(filter("tag-key", "env")), []string{first})
				same(t, "by block", s.vpcIDs(filter("cidr", theirBlock)), []string{second})
				same(t, "by secondary block", s.vpcIDs(filter("cidr-block-association.cidr-block", "100.64.0.0/16")), []string{first})
				same(t, "by id and state", s.vpcIDs(filter("vpc-id", first, second), filter("state", "available")), []string{first, second})
			}},
		check{Name: "an unknown filter of VPCs is refused", Source: errorsSource + " InvalidParameterValue",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("no-such-filter", "x")}})
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "accounts and regions do not see each other's VPCs", Source: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				for _, other := range []*side{oneSide(t, target), s.in(there)} {
					_, err := other.describeVPC(id)
					t.refusedWith(err, "InvalidVpcID.NotFound")
				}
			}},
		check{Name: "VPCs come in pages", Source: pagingSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				for _, block := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16"} {
					s.vpc(block)
				}
				out, err := s.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{MaxResults: aws.Int32(5)})
				t.ok(err)
				same(t, "first page", len(out.Vpcs), 5)
				t.holds(aws.ToString(out.NextToken) != "", "no token for the next page")
			}},
		check{Name: "a VPC with a subnet cannot be deleted", Source: errorsSource + " DependencyViolation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				id := s.vpc(ourBlock)
				subnet := s.subnet(id, "10.11.1.0/24")
				_, err := s.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &id})
				t.refusedWith(err, "DependencyViolation")
				_, err = s.ec2.DeleteSubnet(t.Context(), &ec2.DeleteSubnetInput{SubnetId: &subnet})
				t.ok(err)
				_, err = s.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &id})
				t.ok(err)
				_, err = s.describeVPC(id)
				t.refusedWith(err, "InvalidVpcID.NotFound")
			}},
	)
}

func hasSuffix(s *string, suffix string) bool {
	v := aws.ToString(s)
	return len(v) >= len(suffix) && v[len(v)-len(suffix):] == suffix
}

func (s *side) vpcIDs(filters ...types.Filter) []string {
	out, err := s.ec2.DescribeVpcs(s.t.Context(), &ec2.DescribeVpcsInput{Filters: filters})
	s.t.ok(err)
	var ids []string
	for _, vpc := range out.Vpcs {
		ids = append(ids, *vpc.VpcId)
	}
	return ids
}

func (s *side) attribute(vpc string, name types.VpcAttributeName) bool {
	out, err := s.ec2.DescribeVpcAttribute(s.t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: &vpc, Attribute: name})
	s.t.ok(err)
	for _, value := range []*types.AttributeBooleanValue{out.EnableDnsSupport, out.EnableDnsHostnames} {
		if value != nil {
			return aws.ToBool(value.Value)
		}
	}
	s.t.Fatalf("no value for %s", name)
	return false
}
