package conformance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const referenceGuide = peeringGuide + "vpc-peering-security-groups.html"

func init() {
	register(
		check{Name: "a rule may name a group of an actively peered VPC in the same region", Source: referenceGuide,
			Run: func(t *T, target *Target) {
				p := neighbours(t, target)
				p.active()
				ours, theirs := p.ours.group(p.ourVPC, "ours"), p.theirs.group(p.peerVPC, "theirs")
				out, err := p.ours.authorize(ours, fromGroup(theirs, p.theirs.account), nil)
				t.ok(err)
				t.holds(out[0].ReferencedGroupInfo != nil, "no referenced group in the answer")
				if out[0].ReferencedGroupInfo != nil {
					same(t, "referenced group", aws.ToString(out[0].ReferencedGroupInfo.GroupId), theirs)
				}
			}},
		check{Name: "a group tells which peered VPCs refer to it, and a rule is stale once they are peered no more",
			Source: referenceGuide + "; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html",
			Run: func(t *T, target *Target) {
				p := neighbours(t, target)
				id := p.active()
				ours, theirs := p.ours.group(p.ourVPC, "ours"), p.theirs.group(p.peerVPC, "theirs")
				_, err := p.ours.authorize(ours, fromGroup(theirs, p.theirs.account), nil)
				t.ok(err)
				t.until(target, "the reference", func() bool {
					out, err := p.theirs.ec2.DescribeSecurityGroupReferences(t.Context(), &ec2.DescribeSecurityGroupReferencesInput{GroupId: []string{theirs}})
					t.ok(err)
					return len(out.SecurityGroupReferenceSet) == 1 && aws.ToString(out.SecurityGroupReferenceSet[0].ReferencingVpcId) == p.ourVPC &&
						aws.ToString(out.SecurityGroupReferenceSet[0].VpcPeeringConnectionId) == id
				})
				same(t, "stale groups while peered", len(p.ours.staleGroups(p.ourVPC)), 0)
				_, err = p.ours.ec2.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
				t.ok(err)
				t.until(target, "the stale rule", func() bool {
					stale := p.ours.staleGroups(p.ourVPC)
					return len(stale) == 1 && aws.ToString(stale[0].GroupId) == ours && len(stale[0].StaleIpPermissions) == 1 &&
						aws.ToString(stale[0].StaleIpPermissions[0].UserIdGroupPairs[0].GroupId) == theirs && len(stale[0].StaleIpPermissionsEgress) == 0
				})
			}},
		check{Name: "a rule cannot name a group of a VPC whose peering is pending", Source: "ansible/ansible#28876 (belong to different networks)",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				p.pending()
				ours, theirs := p.ours.group(p.ourVPC, "ours"), p.ours.group(p.peerVPC, "theirs")
				_, err := p.ours.authorize(ours, fromGroup(theirs, p.ours.account), nil)
				t.refusedWith(err, "InvalidGroup.NotFound")
			}},
		check{Name: "a rule cannot name a group of another region", Source: "terraform-provider-aws#17537; " + referenceGuide,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.active()
				ours, theirs := p.ours.group(p.ourVPC, "ours"), p.theirs.group(p.peerVPC, "theirs")
				_, err := p.ours.authorize(ours, fromGroup(theirs, p.theirs.account), nil)
				t.refusedWith(err, "InvalidGroup.NotFound")
			}},
		check{Name: "groups of one VPC have names of their own", Source: errorsSource + " InvalidGroup.Duplicate",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				s.group(vpc, "nodes")
				_, err := s.ec2.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{VpcId: &vpc, GroupName: aws.String("nodes"), Description: aws.String("again")})
				t.refusedWith(err, "InvalidGroup.Duplicate")
			}},
		check{Name: "every VPC has a group named default that cannot be deleted", Source: errorsSource + " CannotDelete; " + groupsGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				out, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{
					Filters: []types.Filter{filter("vpc-id", s.vpc(ourBlock)), filter("group-name", "default")},
				})
				t.ok(err)
				same(t, "number of groups", len(out.SecurityGroups), 1)
				t.refusedWith(s.deleteGroup(*out.SecurityGroups[0].GroupId), "CannotDelete")
			}},
		check{Name: "a group that another one refers to cannot be deleted", Source: errorsSource + " DependencyViolation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				referring, referred := s.group(vpc, "referring"), s.group(vpc, "referred")
				_, err := s.authorize(referring, fromGroup(referred, s.account), nil)
				t.ok(err)
				t.refusedWith(s.deleteGroup(referred), "DependencyViolation")
				t.ok(s.deleteGroup(referring))
				t.ok(s.deleteGroup(referred))
			}},
		check{Name: "a group on a network interface cannot be deleted", Source: errorsSource + " DependencyViolation",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				group := s.group(vpc, "nodes")
				s.networkInterface(s.subnet(vpc, "10.11.1.0/24"), group)
				t.refusedWith(s.deleteGroup(group), "DependencyViolation")
			}},
		check{Name: "describing an unknown group by id fails and by filter gives nothing", Source: errorsSource + " InvalidGroup.NotFound; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				const unknown = "sg-0123456789abcdef0"
				_, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{unknown}})
				t.refusedWith(err, "InvalidGroup.NotFound")
				out, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("group-id", unknown)}})
				t.ok(err)
				same(t, "number of groups", len(out.SecurityGroups), 0)
			}},
		check{Name: "a group shows its permissions gathered by protocol and ports", Source: modelSource + "SecurityGroup$IpPermissions",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.authorize(group, tcp(443, theirBlock, "10.13.0.0/16"), nil)
				t.ok(err)
				_, err = s.authorize(group, tcp(80, theirBlock), nil)
				t.ok(err)
				t.until(target, "two permissions", func() bool {
					out, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}})
					t.ok(err)
					return len(out.SecurityGroups[0].IpPermissions) == 2 && len(out.SecurityGroups[0].IpPermissionsEgress) == 1
				})
			}},
	)
}

func fromGroup(group, account string) types.IpPermission {
	return types.IpPermission{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: &group, UserId: &account}}}
}

func (s *side) staleGroups(vpc string) []types.StaleSecurityGroup {
	out, err := s.ec2.DescribeStaleSecurityGroups(s.t.Context(), &ec2.DescribeStaleSecurityGroupsInput{VpcId: &vpc})
	s.t.ok(err)
	return out.StaleSecurityGroupSet
}

func (s *side) deleteGroup(group string) error {
	_, err := s.ec2.DeleteSecurityGroup(s.t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: &group})
	return err
}

func (s *side) networkInterface(subnet string, groups ...string) types.NetworkInterface {
	out, err := s.ec2.CreateNetworkInterface(s.t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: &subnet, Groups: groups})
	s.t.ok(err)
	return *out.NetworkInterface
}
