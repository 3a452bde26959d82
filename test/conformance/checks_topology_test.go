package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func init() {
	register(
		check{Name: "a subnet belongs to its VPC, block and zone", Source: modelSource + "Subnet",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				out, err := s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: aws.String("10.11.1.0/24"), AvailabilityZone: aws.String(here + "b")})
				t.ok(err)
				same(t, "zone", aws.ToString(out.Subnet.AvailabilityZone), here+"b")
				same(t, "owner", aws.ToString(out.Subnet.OwnerId), s.account)
				same(t, "addresses", aws.ToInt32(out.Subnet.AvailableIpAddressCount), 251)
				same(t, "by VPC", s.subnetIDs(filter("vpc-id", vpc)), []string{*out.Subnet.SubnetId})
			}},
		check{Name: "a subnet lies inside its VPC and apart from others", Source: errorsSource + " InvalidSubnet.Range, InvalidSubnet.Conflict",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				s.subnet(vpc, "10.11.1.0/24")
				_, err := s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: aws.String("10.99.0.0/24")})
				t.refusedWith(err, "InvalidSubnet.Range")
				_, err = s.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: &vpc, CidrBlock: aws.String("10.11.1.128/25")})
				t.refusedWith(err, "InvalidSubnet.Conflict")
			}},
		check{Name: "subnets are found by zone and tag and not by unknown ids", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html; " + errorsSource + " InvalidSubnetID.NotFound",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				first := s.subnet(vpc, "10.11.1.0/24")
				s.subnet(vpc, "10.11.2.0/24")
				t.ok(s.tag(first, "kubernetes.io/cluster/a", "owned"))
				t.until(target, "the tag", func() bool { return len(s.subnetIDs(filter("tag:kubernetes.io/cluster/a", "owned"))) == 1 })
				same(t, "by tag and VPC", s.subnetIDs(filter("vpc-id", vpc), filter("tag:kubernetes.io/cluster/a", "owned")), []string{first})
				_, err := s.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{"subnet-0123456789abcdef0"}})
				t.refusedWith(err, "InvalidSubnetID.NotFound")
			}},
		check{Name: "a subnet uses the main table without being listed in it", Source: modelSource + "DescribeRouteTables (the subnet ID is not returned for implicit associations)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet := s.subnet(vpc, "10.11.1.0/24")
				same(t, "tables of the subnet", tableIDs(s.tables(filter("association.subnet-id", subnet))), nil)
				main := s.tables(filter("vpc-id", vpc), filter("association.main", "true"))
				same(t, "number of associations", len(main[0].Associations), 1)
				same(t, "main", aws.ToBool(main[0].Associations[0].Main), true)
				same(t, "subnet", aws.ToString(main[0].Associations[0].SubnetId), "")
			}},
		check{Name: "a subnet that is associated explicitly is listed in its table", Source: modelSource + "RouteTableAssociation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet, table := s.subnet(vpc, "10.11.1.0/24"), s.table(vpc)
				_, err := s.associateTable(table, subnet)
				t.ok(err)
				t.until(target, "the association", func() bool { return len(s.tables(filter("association.subnet-id", subnet))) == 1 })
				got := s.tables(filter("association.subnet-id", subnet))[0]
				same(t, "table", aws.ToString(got.RouteTableId), table)
				same(t, "state", got.Associations[0].AssociationState.State, types.RouteTableAssociationStateCodeAssociated)
				same(t, "main", aws.ToBool(got.Associations[0].Main), false)
			}},
		check{Name: "a subnet has one table at a time", Source: errorsSource + " Resource.AlreadyAssociated",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet, first, second := s.subnet(vpc, "10.11.1.0/24"), s.table(vpc), s.table(vpc)
				association, err := s.associateTable(first, subnet)
				t.ok(err)
				_, err = s.associateTable(second, subnet)
				t.refusedWith(err, "Resource.AlreadyAssociated")
				_, err = s.ec2.ReplaceRouteTableAssociation(t.Context(), &ec2.ReplaceRouteTableAssociationInput{AssociationId: &association, RouteTableId: &second})
				t.ok(err)
				t.until(target, "the second table", func() bool {
					return sameSet(tableIDs(s.tables(filter("association.subnet-id", subnet))), []string{second})
				})
			}},
		check{Name: "a disassociated subnet falls back to the main table", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateRouteTable.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet := s.subnet(vpc, "10.11.1.0/24")
				association, err := s.associateTable(s.table(vpc), subnet)
				t.ok(err)
				_, err = s.ec2.DisassociateRouteTable(t.Context(), &ec2.DisassociateRouteTableInput{AssociationId: &association})
				t.ok(err)
				t.until(target, "no explicit table", func() bool { return len(s.tables(filter("association.subnet-id", subnet))) == 0 })
			}},
		check{Name: "a gateway's table says so in its association", Source: tablesGuide + "#gateway-route-tables; " + modelSource + "RouteTableAssociation$GatewayId",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				table, gateway := s.table(vpc), s.gateway(vpc)
				_, err := s.ec2.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: &table, GatewayId: &gateway})
				t.ok(err)
				t.until(target, "the association", func() bool { return len(s.tables(filter("association.gateway-id", gateway))) == 1 })
				got := s.tables(filter("association.gateway-id", gateway))[0]
				same(t, "table", aws.ToString(got.RouteTableId), table)
				same(t, "gateway", aws.ToString(got.Associations[0].GatewayId), gateway)
			}},
		check{Name: "a table in use and the main table cannot be deleted", Source: errorsSource + " DependencyViolation; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				table := s.table(vpc)
				_, err := s.associateTable(table, s.subnet(vpc, "10.11.1.0/24"))
				t.ok(err)
				for _, id := range []string{table, s.mainTable(vpc)} {
					_, err = s.ec2.DeleteRouteTable(t.Context(), &ec2.DeleteRouteTableInput{RouteTableId: &id})
					t.refusedWith(err, "DependencyViolation")
				}
			}},
		check{Name: "describing an unknown table by id fails", Source: errorsSource + " InvalidRouteTableID.NotFound",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{"rtb-0123456789abcdef0"}})
				t.refusedWith(err, "InvalidRouteTableID.NotFound")
			}},
		check{Name: "an unknown filter of tables is refused", Source: errorsSource + " InvalidParameterValue",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).ec2.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("no-such-filter", "x")}})
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "tables come in pages of five to a hundred", Source: modelSource + "DescribeRouteTablesMaxResults (5 to 100); " + pagingSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				for range 6 {
					s.table(vpc)
				}
				pages := ec2.NewDescribeRouteTablesPaginator(s.ec2, &ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", vpc)}, MaxResults: aws.Int32(5)})
				var sizes []int
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.ok(err)
					sizes = append(sizes, len(page.RouteTables))
				}
				same(t, "page sizes", sizes, []int{5, 2})
				_, err := s.ec2.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{MaxResults: aws.Int32(101)})
				t.refusedWith(err, "InvalidParameterValue", "InvalidMaxResults")
			}},
		check{Name: "a VPC's default network ACL lets everything through in both directions", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				subnet := s.subnet(vpc, "10.11.1.0/24")
				acls := s.acls(filter("association.subnet-id", subnet))
				same(t, "number of ACLs", len(acls), 1)
				same(t, "default", aws.ToBool(acls[0].IsDefault), true)
				same(t, "VPC", aws.ToString(acls[0].VpcId), vpc)
				allows := map[bool]types.RuleAction{}
				for _, entry := range acls[0].Entries {
					if aws.ToInt32(entry.RuleNumber) == 100 {
						allows[aws.ToBool(entry.Egress)] = entry.RuleAction
					}
				}
				same(t, "rule 100", allows, map[bool]types.RuleAction{true: types.RuleActionAllow, false: types.RuleActionAllow})
			}},
		check{Name: "network ACL entries are made and numbered once", Source: errorsSource + " NetworkAclEntryAlreadyExists",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				acl := s.acls(filter("vpc-id", s.vpc(ourBlock)), filter("default", "true"))[0].NetworkAclId
				entry := &ec2.CreateNetworkAclEntryInput{
					NetworkAclId: acl, RuleNumber: aws.Int32(50), Protocol: aws.String("-1"), RuleAction: types.RuleActionDeny,
					Egress: aws.Bool(false), CidrBlock: aws.String(theirBlock),
				}
				_, err := s.ec2.CreateNetworkAclEntry(t.Context(), entry)
				t.ok(err)
				_, err = s.ec2.CreateNetworkAclEntry(t.Context(), entry)
				t.refusedWith(err, "NetworkAclEntryAlreadyExists")
			}},
	)
}

func (s *side) subnetIDs(filters ...types.Filter) []string {
	out, err := s.ec2.DescribeSubnets(s.t.Context(), &ec2.DescribeSubnetsInput{Filters: filters})
	s.t.ok(err)
	var ids []string
	for _, subnet := range out.Subnets {
		ids = append(ids, *subnet.SubnetId)
	}
	return ids
}

func (s *side) associateTable(table, subnet string) (string, error) {
	out, err := s.ec2.AssociateRouteTable(s.t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: &table, SubnetId: &subnet})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.AssociationId), nil
}

func (s *side) acls(filters ...types.Filter) []types.NetworkAcl {
	out, err := s.ec2.DescribeNetworkAcls(s.t.Context(), &ec2.DescribeNetworkAclsInput{Filters: filters})
	s.t.ok(err)
	return out.NetworkAcls
}
