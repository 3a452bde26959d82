package conformance

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	groupsGuide = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"
	rulesSource = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html"
)

func init() {
	register(
		check{Name: "a new group lets everything out and nothing in", Source: groupsGuide,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				rules := s.rules(filter("group-id", s.group(s.vpc(ourBlock), "nodes")))
				same(t, "number of rules", len(rules), 1)
				same(t, "egress", aws.ToBool(rules[0].IsEgress), true)
				same(t, "protocol", aws.ToString(rules[0].IpProtocol), "-1")
				same(t, "block", aws.ToString(rules[0].CidrIpv4), "0.0.0.0/0")
			}},
		check{Name: "authorized rules come back with ids and the tags of the call", Source: modelSource + "AuthorizeSecurityGroupIngressResult$SecurityGroupRules",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				out, err := s.authorize(group, tcp(443, theirBlock, "10.13.0.0/16"), tagged(types.ResourceTypeSecurityGroupRule, "owner", "us"))
				t.ok(err)
				same(t, "number of rules", len(out), 2)
				for _, rule := range out {
					t.holds(strings.HasPrefix(aws.ToString(rule.SecurityGroupRuleId), "sgr-"), "rule id %q", aws.ToString(rule.SecurityGroupRuleId))
					same(t, "tags", tagMap(rule.Tags), map[string]string{"owner": "us"})
					same(t, "group", aws.ToString(rule.GroupId), group)
					same(t, "owner", aws.ToString(rule.GroupOwnerId), s.account)
				}
			}},
		check{Name: "rules are found by group, by id and by tag", Source: rulesSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				vpc := s.vpc(ourBlock)
				group, other := s.group(vpc, "nodes"), s.group(vpc, "other")
				out, err := s.authorize(group, tcp(443, theirBlock), tagged(types.ResourceTypeSecurityGroupRule, "owner", "us"))
				t.ok(err)
				id := *out[0].SecurityGroupRuleId
				t.until(target, "the rule", func() bool { return len(s.rules(filter("group-id", group))) == 2 })
				same(t, "of two groups", len(s.rules(filter("group-id", group, other))), 3)
				same(t, "by id", ruleIDs(s.rules(filter("security-group-rule-id", id))), []string{id})
				same(t, "by tag", ruleIDs(s.rules(filter("tag:owner", "us"))), []string{id})
				same(t, "by another tag", ruleIDs(s.rules(filter("tag:owner", "them"))), nil)
			}},
		check{Name: "rules know no other filters than group, id and tag", Source: rulesSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.ec2.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("vpc-id", "vpc-1")}})
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "the same rule again is a duplicate whatever its description and tags", Source: "londonaicentre/FLIP#886; " + errorsSource + " InvalidPermission.Duplicate",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
				again := tcp(443, theirBlock)
				again.IpRanges[0].Description = aws.String("another one")
				_, err = s.authorize(group, again, tagged(types.ResourceTypeSecurityGroupRule, "owner", "them"))
				t.refusedSaying(err, "InvalidPermission.Duplicate", "already exists")
			}},
		check{Name: "one duplicate among several rules refuses them all", Source: "universally assumed, not verified live; InvalidPermission.Duplicate in " + errorsSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
				_, err = s.authorize(group, tcp(443, "10.13.0.0/16", theirBlock), nil)
				t.refusedWith(err, "InvalidPermission.Duplicate")
				same(t, "number of rules", len(s.rules(filter("group-id", group))), 2)
			}},
		check{Name: "one call may not hold the same rule twice", Source: "terraform-provider-aws#29492",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.authorize(group, tcp(443, theirBlock, theirBlock), nil)
				t.refusedSaying(err, "InvalidParameterValue", "must not appear multiple times")
			}},
		check{Name: "host bits of a rule's block are cut off", Source: modelSource + "AuthorizeSecurityGroupIngress (canonical form)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				out, err := s.authorize(group, tcp(443, "100.68.0.18/18"), nil)
				t.ok(err)
				same(t, "block", aws.ToString(out[0].CidrIpv4), "100.68.0.0/18")
			}},
		check{Name: "protocol -1 has no ports whatever was sent", Source: modelSource + "IpPermission$IpProtocol",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				permission := tcp(443, theirBlock)
				permission.IpProtocol = aws.String("-1")
				out, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), permission, nil)
				t.ok(err)
				same(t, "ports", []int32{aws.ToInt32(out[0].FromPort), aws.ToInt32(out[0].ToPort)}, []int32{-1, -1})
			}},
		check{Name: "a protocol by number is known by its name", Source: modelSource + "IpPermission$IpProtocol",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				permission := tcp(443, theirBlock)
				permission.IpProtocol = aws.String("6")
				out, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), permission, nil)
				t.ok(err)
				same(t, "protocol", aws.ToString(out[0].IpProtocol), "tcp")
			}},
		check{Name: "rules take IPv6 blocks", Source: modelSource + "IpPermission$Ipv6Ranges",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				permission := types.IpPermission{IpProtocol: aws.String("-1"), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("2001:db8:1234:1a00::/56")}}}
				out, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), permission, nil)
				t.ok(err)
				same(t, "block", aws.ToString(out[0].CidrIpv6), "2001:db8:1234:1a00::/56")
			}},
		check{Name: "a rule's block that is none is refused", Source: errorsSource + " InvalidParameterValue",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				_, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), tcp(443, "10.300.0.0/16"), nil)
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "a description with other characters than the documented ones is refused", Source: modelSource + "IpRange$Description",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				permission := tcp(443, theirBlock)
				permission.IpRanges[0].Description = aws.String("who's there?")
				_, err := s.authorize(s.group(s.vpc(ourBlock), "nodes"), permission, nil)
				t.refusedWith(err, "InvalidParameterValue")
			}},
		check{Name: "authorizing in an unknown group fails", Source: errorsSource + " InvalidGroup.NotFound",
			Run: func(t *T, target *Target) {
				_, err := oneSide(t, target).authorize("sg-0123456789abcdef0", tcp(443, theirBlock), nil)
				t.refusedWith(err, "InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound")
			}},
		check{Name: "a rule is revoked by its id", Source: modelSource + "RevokeSecurityGroupIngressRequest$SecurityGroupRuleIds",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				out, err := s.authorize(group, tcp(443, theirBlock), nil)
				t.ok(err)
				t.ok(s.revoke(group, *out[0].SecurityGroupRuleId))
				t.until(target, "the rule gone", func() bool { return len(s.rules(filter("group-id", group))) == 1 })
			}},
		check{Name: "revoking an unknown rule id fails", Source: errorsSource + " InvalidSecurityGroupRuleId.NotFound; terraform-provider-aws vpc_security_group_rule.go",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				t.refusedWith(s.revoke(s.group(s.vpc(ourBlock), "nodes"), "sgr-0123456789abcdef0"), "InvalidSecurityGroupRuleId.NotFound")
			}},
		check{Name: "revoking by permission what is not there fails in a VPC of one's own", Source: modelSource + "RevokeSecurityGroupIngress (nondefault VPC: InvalidPermission.NotFound)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.ec2.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []types.IpPermission{tcp(443, theirBlock)}})
				t.refusedWith(err, "InvalidPermission.NotFound")
			}},
		check{Name: "egress rules are authorized and revoked on their own", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupEgress.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				out, err := s.ec2.AuthorizeSecurityGroupEgress(t.Context(), &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &group, IpPermissions: []types.IpPermission{tcp(443, theirBlock)}})
				t.ok(err)
				same(t, "egress", aws.ToBool(out.SecurityGroupRules[0].IsEgress), true)
				id := out.SecurityGroupRules[0].SecurityGroupRuleId
				t.refused(s.revoke(group, *id))
				_, err = s.ec2.RevokeSecurityGroupEgress(t.Context(), &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, SecurityGroupRuleIds: []string{*id}})
				t.ok(err)
			}},
		check{Name: "modifying a rule keeps its id and tags", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				out, err := s.authorize(group, tcp(443, theirBlock), tagged(types.ResourceTypeSecurityGroupRule, "owner", "us"))
				t.ok(err)
				id := out[0].SecurityGroupRuleId
				_, err = s.ec2.ModifySecurityGroupRules(t.Context(), &ec2.ModifySecurityGroupRulesInput{GroupId: &group, SecurityGroupRules: []types.SecurityGroupRuleUpdate{{
					SecurityGroupRuleId: id,
					SecurityGroupRule: &types.SecurityGroupRuleRequest{
						IpProtocol: aws.String("tcp"), FromPort: aws.Int32(8443), ToPort: aws.Int32(8443), CidrIpv4: aws.String(theirBlock),
					},
				}}})
				t.ok(err)
				t.until(target, "the new port", func() bool {
					got := s.rules(filter("security-group-rule-id", *id))
					return len(got) == 1 && aws.ToInt32(got[0].FromPort) == 8443 && tagMap(got[0].Tags)["owner"] == "us"
				})
			}},
		check{Name: "a group takes only as many rules a direction as the quota says", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html (60); " + errorsSource + " RulesPerSecurityGroupLimitExceeded",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				full := tcp(443)
				for third := range 60 {
					full.IpRanges = append(full.IpRanges, types.IpRange{CidrIp: aws.String("10.12." + strconv.Itoa(third) + ".0/24")})
				}
				_, err := s.authorize(group, full, nil)
				t.ok(err)
				_, err = s.authorize(group, tcp(444, theirBlock), nil)
				t.refusedWith(err, "RulesPerSecurityGroupLimitExceeded")
			}},
		check{Name: "rules come in pages of five or more", Source: rulesSource + "; " + pagingSource,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				group := s.group(s.vpc(ourBlock), "nodes")
				_, err := s.authorize(group, tcp(443, "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16"), nil)
				t.ok(err)
				pages := ec2.NewDescribeSecurityGroupRulesPaginator(s.ec2, &ec2.DescribeSecurityGroupRulesInput{
					Filters: []types.Filter{filter("group-id", group)}, MaxResults: aws.Int32(5),
				})
				var sizes []int
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					t.ok(err)
					sizes = append(sizes, len(page.SecurityGroupRules))
				}
				same(t, "page sizes", sizes, []int{5, 2})
				_, err = s.ec2.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{MaxResults: aws.Int32(4)})
				t.refusedWith(err, "InvalidParameterValue", "InvalidMaxResults")
			}},
	)
}

// tcp permits one port from the blocks.
func tcp(port int32, blocks ...string) types.IpPermission {
	permission := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: &port, ToPort: &port}
	for _, block := range blocks {
		permission.IpRanges = append(permission.IpRanges, types.IpRange{CidrIp: &block})
	}
	return permission
}

func (s *side) authorize(group string, permission types.IpPermission, tags []types.TagSpecification) ([]types.SecurityGroupRule, error) {
	out, err := s.ec2.AuthorizeSecurityGroupIngress(s.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []types.IpPermission{permission}, TagSpecifications: tags,
	})
	if err != nil {
		return nil, err
	}
	return out.SecurityGroupRules, nil
}

func (s *side) revoke(group string, ids ...string) error {
	_, err := s.ec2.RevokeSecurityGroupIngress(s.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: ids})
	return err
}

func (s *side) rules(filters ...types.Filter) []types.SecurityGroupRule {
	out, err := s.ec2.DescribeSecurityGroupRules(s.t.Context(), &ec2.DescribeSecurityGroupRulesInput{Filters: filters})
	s.t.ok(err)
	return out.SecurityGroupRules
}

func ruleIDs(rules []types.SecurityGroupRule) []string {
	var ids []string
	for _, rule := range rules {
		ids = append(ids, aws.ToString(rule.SecurityGroupRuleId))
	}
	return ids
}
