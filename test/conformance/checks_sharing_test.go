package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// sharingGuide says who sees and may do what in a VPC of which subnets are shared.
const sharingGuide = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-share-limitations.html"

func init() {
	register(
		check{Name: "a participant sees the shared VPC and subnet, and whose they are", Needs: sharing, Source: sharingGuide + " (Subnets, VPCs)",
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				vpc, err := s.participant.describeVPC(s.vpc)
				t.ok(err)
				same(t, "owner of the VPC", aws.ToString(vpc.OwnerId), s.owner.account)
				same(t, "subnets", s.participant.subnetIDs(filter("vpc-id", s.vpc)), []string{s.subnet})
				same(t, "tags", tagMap(vpc.Tags), map[string]string{})
				_, err = s.participant.ec2.DescribeVpcAttribute(t.Context(), &ec2.DescribeVpcAttributeInput{VpcId: &s.vpc, Attribute: types.VpcAttributeNameEnableDnsSupport})
				t.ok(err)
			}},
		check{Name: "an account that no subnet is shared with does not see the VPC", Needs: sharing, Source: sharingGuide,
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				_, err := oneSide(t, target).describeVPC(s.vpc)
				t.refusedWith(err, "InvalidVpcID.NotFound")
				_, err = s.participant.in(there).describeVPC(s.vpc)
				t.refusedWith(err, "InvalidVpcID.NotFound")
			}},
		check{Name: "a participant sees the route table and the network ACL of the shared subnet only", Needs: sharing, Source: sharingGuide + " (Route tables, Network ACLs)",
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				own := s.owner.table(s.vpc)
				only := func(table string) func() bool {
					return func() bool {
						tables := s.participant.tables(filter("vpc-id", s.vpc))
						return len(tables) == 1 && *tables[0].RouteTableId == table && aws.ToString(tables[0].OwnerId) == s.owner.account
					}
				}
				t.until(target, "the main table, and only that", only(s.owner.mainTable(s.vpc)))
				_, err := s.owner.associateTable(own, s.subnet)
				t.ok(err)
				t.until(target, "the subnet's own table, and only that", only(own))
				t.until(target, "the ACL", func() bool { return len(s.participant.acls(filter("vpc-id", s.vpc))) == 1 })
			}},
		check{Name: "a participant cannot change a route table of the owner", Needs: sharing, Source: sharingGuide + " (Route tables)",
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				gateway, table := s.owner.gateway(s.vpc), s.owner.mainTable(s.vpc)
				_, err := s.participant.ec2.CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String(theirBlock), GatewayId: &gateway})
				t.refused(err)
				_, made := s.owner.routes(table)[theirBlock]
				t.holds(!made, "the route was made")
				_, err = s.participant.ec2.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: &s.vpc})
				t.refused(err)
			}},
		check{Name: "a participant makes security groups and rules of its own in the shared VPC", Needs: sharing, Source: sharingGuide + " (Security groups)",
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				group := s.participant.group(s.vpc, "nodes")
				out, err := s.participant.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("vpc-id", s.vpc)}})
				t.ok(err)
				t.holds(len(out.SecurityGroups) == 1 && *out.SecurityGroups[0].GroupId == group, "it sees %d groups, and the owner's are not its own", len(out.SecurityGroups))
				same(t, "owner", aws.ToString(out.SecurityGroups[0].OwnerId), s.participant.account)
				_, err = s.participant.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
			}},
		check{Name: "the owner sees a participant's security group and cannot change it", Needs: sharing, Source: sharingGuide + " (Security groups)",
			Run: func(t *T, target *Target) {
				s := sharedVPC(t, target)
				group := s.participant.group(s.vpc, "nodes")
				t.until(target, "the group, as the participant's", func() bool {
					out, err := s.owner.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
					return err == nil && aws.ToString(out.SecurityGroups[0].OwnerId) == s.participant.account
				})
				_, err := s.owner.authorize(group, tcp(443, theirBlock), nil)
				t.refused(err)
			}},
		check{Name: "a participant cannot peer the shared VPC", Needs: sharing, Source: sharingGuide + " (Owner resources: peering connections)",
			Run: func(t *T, target *Target) {
				s, other := sharedVPC(t, target), oneSide(t, target)
				peer := other.vpc(theirBlock)
				_, err := s.participant.ec2.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &s.vpc, PeerVpcId: &peer, PeerOwnerId: &other.account})
				t.refused(err)
				asked, err := other.ec2.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &peer, PeerVpcId: &s.vpc, PeerOwnerId: &s.owner.account})
				t.ok(err)
				id := asked.VpcPeeringConnection.VpcPeeringConnectionId
				t.until(target, "the request, as the owner", func() bool {
					found, err := s.owner.ec2.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{*id}})
					return err == nil && found.VpcPeeringConnections[0].Status.Code == types.VpcPeeringConnectionStateReasonCodePendingAcceptance
				})
				_, err = s.participant.ec2.AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id})
				t.refused(err)
				_, err = s.owner.ec2.AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: id})
				t.ok(err)
			}},
	)
}

// shared is a VPC of which one of two subnets is shared with another account.
type shared struct {
	owner, participant *side
	vpc, subnet        string
}

func sharedVPC(t *T, target *Target) shared {
	s := shared{owner: oneSide(t, target), participant: oneSide(t, target)}
	s.vpc = s.owner.vpc(ourBlock)
	t.ok(s.owner.tag(s.vpc, "Name", "network"))
	s.subnet = s.owner.subnet(s.vpc, "10.11.0.0/24")
	s.owner.subnet(s.vpc, "10.11.1.0/24")
	target.control.ShareSubnets(s.owner.account, here, s.participant.account, s.subnet)
	t.until(target, "the shared VPC and subnet", func() bool {
		_, err := s.participant.describeVPC(s.vpc)
		return err == nil && len(s.participant.subnetIDs(filter("vpc-id", s.vpc))) > 0
	})
	return s
}
