package conformance

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	prefixListGuide = "https://docs.aws.amazon.com/vpc/latest/userguide/working-with-managed-prefix-lists.html"
	priorityGuide   = "https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority"
)

func init() {
	register(
		check{Name: "ids of a wrong form are Malformed, whatever they are of", Source: errorsSource + " Invalid*.Malformed",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				const wrong = "nonsense"
				_, err := s.describeVPC(wrong)
				t.refusedWith(err, "InvalidVpcID.Malformed", "InvalidVpcID.NotFound")
				_, err = s.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{wrong}})
				t.refusedWith(err, "InvalidSubnetID.Malformed", "InvalidSubnetID.NotFound")
				_, err = s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{wrong}})
				t.refusedWith(err, "InvalidGroupId.Malformed", "InvalidGroup.NotFound")
				t.refusedWith(s.accept(wrong), "InvalidVpcPeeringConnectionId.Malformed")
			}},
		check{Name: "a denied action is UnauthorizedOperation, names the action and has no effect", Source: errorsSource + " UnauthorizedOperation", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				target.control.Deny(p.ours.arn(), "ec2:CreateRoute")
				t.refusedSaying(p.ours.route(table, theirBlock, id), "UnauthorizedOperation", "ec2:CreateRoute")
				same(t, "number of routes", len(p.ours.routes(table)), 1)
			}},
		check{Name: "a dry run of a denied action is UnauthorizedOperation", Source: errorsSource + " DryRunOperation, UnauthorizedOperation", Needs: policies,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				target.control.Deny(p.ours.arn(), "ec2:CreateVpcPeeringConnection")
				request := p.request()
				request.DryRun = aws.Bool(true)
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), request)
				t.refusedWith(err, "UnauthorizedOperation")
			}},
		check{Name: "a Create whose answer was lost has taken effect, and asking again gives its id", Source: "terraform-provider-aws#27750; no ClientToken in " + modelSource + "CreateVpcPeeringConnectionRequest", Needs: faults,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				target.control.LoseAnswer(p.ours.account, "ec2", "CreateVpcPeeringConnection")
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), p.request())
				t.holds(err != nil, "the answer was not lost")
				id := p.create()
				p.ours.becomes(id, statePending)
				p.ours.finds([]string{id})
			}},
		check{Name: "a static route beats a propagated one to the same destination", Source: priorityGuide + " (CreateRoute succeeds and takes the traffic)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id, table := p.active(), p.ours.table(p.ourVPC)
				gateway, err := p.ours.ec2.CreateVpnGateway(t.Context(), &ec2.CreateVpnGatewayInput{Type: types.GatewayTypeIpsec1})
				t.ok(err)
				_, err = p.ours.ec2.AttachVpnGateway(t.Context(), &ec2.AttachVpnGatewayInput{VpcId: &p.ourVPC, VpnGatewayId: gateway.VpnGateway.VpnGatewayId})
				t.ok(err)
				_, err = p.ours.ec2.EnableVgwRoutePropagation(t.Context(), &ec2.EnableVgwRoutePropagationInput{GatewayId: gateway.VpnGateway.VpnGatewayId, RouteTableId: &table})
				t.ok(err)
				t.ok(p.ours.route(table, theirBlock, id))
			}},
		check{Name: "a change of a prefix list wants its current version", Source: errorsSource + " PrefixListVersionMismatch; " + prefixListGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				list := s.prefixList(5, theirBlock)
				_, err := s.ec2.ModifyManagedPrefixList(t.Context(), &ec2.ModifyManagedPrefixListInput{
					PrefixListId: &list, CurrentVersion: aws.Int64(7), AddEntries: []types.AddPrefixListEntry{{Cidr: aws.String("10.20.0.0/16")}},
				})
				t.refusedWith(err, "PrefixListVersionMismatch")
			}},
		check{Name: "a prefix list takes only as many entries as it was made for", Source: errorsSource + " PrefixListMaxEntriesExceeded; " + prefixListGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.ec2.CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{
					PrefixListName: aws.String("small"), AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(1),
					Entries: []types.AddPrefixListEntry{{Cidr: aws.String(ourBlock)}, {Cidr: aws.String(theirBlock)}},
				})
				t.refusedWith(err, "PrefixListMaxEntriesExceeded")
			}},
		check{Name: "a rule may name a prefix list", Source: modelSource + "IpPermission$PrefixListIds",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				list := s.prefixList(5, theirBlock)
				out, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), types.IpPermission{
					IpProtocol: aws.String("-1"), PrefixListIds: []types.PrefixListId{{PrefixListId: &list}},
				}, nil)
				t.ok(err)
				same(t, "list", aws.ToString(out[0].PrefixListId), list)
			}},
		check{Name: "an active connection lists the IPv6 blocks of both sides", Source: modelSource + "VpcPeeringConnectionVpcInfo$Ipv6CidrBlockSet",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				out, err := p.theirs.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &p.peerVPC, AmazonProvidedIpv6CidrBlock: aws.Bool(true)})
				t.ok(err)
				t.until(target, "the IPv6 block", func() bool {
					vpc, err := p.theirs.describeVPC(p.peerVPC)
					return err == nil && len(vpc.Ipv6CidrBlockAssociationSet) == 1 &&
						vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated
				})
				vpc, err := p.theirs.describeVPC(p.peerVPC)
				t.ok(err)
				t.holds(out.Ipv6CidrBlockAssociation != nil, "no IPv6 association in the answer")
				var shown []string
				for _, b := range p.ours.sees(p.active()).AccepterVpcInfo.Ipv6CidrBlockSet {
					shown = append(shown, aws.ToString(b.Ipv6CidrBlock))
				}
				same(t, "blocks", shown, []string{aws.ToString(vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock)})
			}},
		check{Name: "a filter takes at most two hundred values", Source: errorsSource + " FilterLimitExceeded; https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html (200 values)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				var values []string
				for n := range 201 {
					values = append(values, fmt.Sprintf("vpc-%017x", n))
				}
				_, err := s.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: []types.Filter{filter("vpc-id", values...)}})
				t.refusedWith(err, "FilterLimitExceeded")
			}},
		check{Name: "a VPC with an internet gateway cannot be deleted", Source: errorsSource + " DependencyViolation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				s.gateway(vpc)
				_, err := s.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &vpc})
				t.refusedWith(err, "DependencyViolation")
			}},
		check{Name: "ids and page sizes cannot be asked for together", Source: modelSource + "DescribeInstancesRequest$MaxResults, DescribeNetworkInterfacesRequest$MaxResults; " + errorsSource + " InvalidParameterCombination",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{
					InstanceIds: []string{*s.launch(s.subnet(s.vpc(ourBlock), "10.11.1.0/24")).InstanceId}, MaxResults: aws.Int32(5),
				})
				t.refusedWith(err, "InvalidParameterCombination")
			}},
		check{Name: "a subnet's interfaces use up its addresses", Source: modelSource + "Subnet$AvailableIpAddressCount",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				subnet := s.subnet(s.vpc(ourBlock), "10.11.1.0/28")
				s.networkInterface(subnet)
				out, err := s.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}})
				t.ok(err)
				same(t, "addresses left", aws.ToInt32(out.Subnets[0].AvailableIpAddressCount), 10)
				_, err = s.ec2.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &subnet, SecondaryPrivateIpAddressCount: aws.Int32(10)})
				t.refusedWith(err, "InsufficientFreeAddressesInSubnet")
			}},
	)
}

// arn is who the side's keys are.
func (s *side) arn() string {
	out, err := s.sts.GetCallerIdentity(s.t.Context(), &sts.GetCallerIdentityInput{})
	s.t.ok(err)
	return aws.ToString(out.Arn)
}

// prefixList makes a list of the blocks and lets it settle.
func (s *side) prefixList(most int32, blocks ...string) string {
	var entries []types.AddPrefixListEntry
	for _, block := range blocks {
		entries = append(entries, types.AddPrefixListEntry{Cidr: &block})
	}
	out, err := s.ec2.CreateManagedPrefixList(s.t.Context(), &ec2.CreateManagedPrefixListInput{
		PrefixListName: aws.String("list"), AddressFamily: aws.String("IPv4"), MaxEntries: &most, Entries: entries,
	})
	s.t.ok(err)
	id := *out.PrefixList.PrefixListId
	s.t.until(s.target, id+" complete", func() bool {
		found, err := s.ec2.DescribeManagedPrefixLists(s.t.Context(), &ec2.DescribeManagedPrefixListsInput{PrefixListIds: []string{id}})
		return err == nil && len(found.PrefixLists) == 1 && found.PrefixLists[0].State == types.PrefixListStateCreateComplete
	})
	return id
}
