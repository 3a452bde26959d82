package peering

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestA7PreflightFindsWhatBlocksThePeering(t *testing.T) {
	off, on := false, true
	blocks := func(eu, us []string) func(*scene) {
		return func(s *scene) {
			s.side(Requester).VPC, s.side(Accepter).VPC = vpc("vpc-eu", eu...), vpc("vpc-us", us...)
		}
	}
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    []string // reason: beginning of the message
	}{
		"nothing": {func(*scene) {}, nil},
		"a VPC with itself": {
			func(s *scene) { s.Sides.Accepter = s.Sides.Requester },
			[]string{"SelfPeering: Both sides are vpc-eu, and a VPC cannot be peered with itself."},
		},
		"partitions that cannot be joined": {
			func(s *scene) { s.Sides.Accepter.Region = "cn-north-1" },
			[]string{"SideMismatch: Regions eu-west-1 and cn-north-1 are in different AWS partitions (aws, aws-cn)"},
		},
		"the government's partition": {
			func(s *scene) { s.Sides.Requester.Region = "us-gov-west-1" },
			[]string{"SideMismatch: Regions us-gov-west-1 and us-east-1 are in different AWS partitions (aws-us-gov, aws)"},
		},
		"primary blocks that overlap": {
			blocks([]string{"10.11.0.0/16"}, []string{"10.11.128.0/17"}),
			[]string{"OverlappingCIDRs: The VPCs overlap: 10.11.0.0/16 (primary block of vpc-eu) and 10.11.128.0/17 (primary block of vpc-us)."},
		},
		"the 100.64 blocks that every cluster uses, and an IPv6 block": {
			blocks([]string{"10.11.0.0/16", "100.64.0.0/16", "2001:db8::/56"}, []string{"10.12.0.0/16", "100.64.0.0/16", "2001:db8::/56"}),
			[]string{
				"OverlappingCIDRs: The VPCs overlap: 100.64.0.0/16 (secondary block of vpc-eu) and 100.64.0.0/16 (secondary block of vpc-us).",
				"OverlappingCIDRs: The VPCs overlap: 2001:db8::/56 (secondary block of vpc-eu) and 2001:db8::/56 (secondary block of vpc-us).",
				"OverlappingCIDRs: Without the overlapping blocks, 10.11.0.0/16 of vpc-eu and 10.12.0.0/16 of vpc-us could be routed to each other. " +
					"excludeCIDRs does not help, because AWS compares all blocks. A transit gateway that routes only these blocks, with a private NAT gateway for pods in the others, does, and so do PrivateLink or VPC Lattice for single services.",
			},
		},
		"a block that is on its way in or out": {
			blocks([]string{"10.11.0.0/16", "associating 10.12.1.0/24"}, []string{"10.12.0.0/16", "disassociating 10.11.1.0/24"}),
			[]string{
				"OverlappingCIDRs: The VPCs overlap: 10.11.0.0/16 (primary block of vpc-eu) and 10.11.1.0/24 (secondary block of vpc-us).",
				"OverlappingCIDRs: The VPCs overlap: 10.12.1.0/24 (secondary block of vpc-eu) and 10.12.0.0/16 (primary block of vpc-us).",
			},
		},
		"a block that is gone does not count": {blocks([]string{"10.11.0.0/16", "disassociated 10.12.1.0/24", "failed 10.12.2.0/24"}, []string{"10.12.0.0/16"}), nil},
		"blocks side by side":                 {blocks([]string{"10.11.0.0/17"}, []string{"10.11.128.0/17"}), nil},
		"a VPC that was not observed":         {func(s *scene) { s.side(Accepter).VPC = nil }, nil},
		"DNS attributes that are off": {
			func(s *scene) {
				s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled
				s.side(Requester).VPC.DNSSupport, s.side(Requester).VPC.DNSHostnames = &on, &off
				s.side(Accepter).VPC.DNSSupport, s.side(Accepter).VPC.DNSHostnames = &off, &on
			},
			[]string{
				"DNSAttributes: VPC vpc-eu (requester) has enableDnsHostnames off. Turn it on, or set dnsResolution: Disabled on both sides",
				"DNSAttributes: VPC vpc-us (accepter) has enableDnsSupport off",
			},
		},
		"DNS attributes that nobody needs": {
			func(s *scene) { s.side(Requester).VPC.DNSHostnames = &off },
			nil,
		},
		"tables by id: unknown, and a gateway's": {
			func(s *scene) {
				s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-eu", "rtb-edge", "rtb-x"}}
				s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, RouteTable{ID: "rtb-edge", Edge: true})
			},
			[]string{
				"InvalidSelection: spec.requester.routes.routeTableIDs: rtb-edge is associated with a gateway, and AWS refuses peering routes in such a table. Name the tables of subnets.",
				"InvalidSelection: spec.requester.routes.routeTableIDs: rtb-x is not a route table of vpc-eu",
			},
		},
		"tables by a tag that none carries": {
			func(s *scene) {
				s.Spec.Accepter.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: map[string]v1alpha1.TagValue{"b": "2", "a": "1"}}
			},
			[]string{"InvalidSelection: spec.accepter.routes.routeTableTags: No route table of vpc-us carries a=1, b=2"},
		},
		"groups: unknown, and by a tag that none carries": {
			func(s *scene) {
				s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{
					Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-x"}, SecurityGroupTags: map[string]v1alpha1.TagValue{"role": "node"},
				}
			},
			[]string{
				"InvalidSelection: spec.requester.securityGroups.securityGroupIDs: sg-x is not a security group of vpc-eu",
				"InvalidSelection: spec.requester.securityGroups.securityGroupTags: No security group of vpc-eu carries role=node",
			},
		},
		"more tables and rules than can be recorded": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
				for i := range mostTables {
					s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-eu"))
				}
				s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected}
				for i := range mostRules + 1 {
					id := fmt.Sprintf("sg-%d", i)
					s.side(Accepter).Groups = append(s.side(Accepter).Groups, SecurityGroup{ID: id, VPC: "vpc-us"})
					s.Spec.Accepter.SecurityGroups.SecurityGroupIDs = append(s.Spec.Accepter.SecurityGroups.SecurityGroupIDs, id)
				}
			},
			[]string{
				"InvalidSelection: spec.requester.routes: Status would have to record routes in 501 tables, and at most 500 fit. Select fewer tables, or move to others in steps.",
				"InvalidSelection: spec.accepter.securityGroups: Status would have to record 1001 rules, and at most 1000 fit. Select fewer groups, shorten ingress, or move to other groups in steps.",
			},
		},
		"what is to be removed is on record until it is": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
				for i := range mostTables - 1 {
					s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-eu"))
				}
				edge := RouteTable{ID: "rtb-edge", VPC: "vpc-eu", Edge: true, Routes: []Route{blackhole("10.12.0.0/16", "pcx-old")}}
				s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, edge)
				s.made(v1alpha1.InventoryCreated, "rtb-edge 10.12.0.0/16")
				for i := range mostRules {
					s.side(Requester).Rules = append(s.side(Requester).Rules, rule(fmt.Sprintf("sgr-%d", i), fmt.Sprintf("10.99.%d.%d/32", i/256, i%256)))
				}
			},
			[]string{
				"InvalidSelection: spec.requester.routes: Status would have to record routes in 501 tables,",
				"InvalidSelection: spec.requester.securityGroups: Status would have to record 1001 rules,",
			},
		},
		"what others make is not recorded": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				s.Spec.Requester.ClusterRefs = nil
				for i := range mostTables {
					s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-eu"))
				}
			},
			nil,
		},
		"everything at once": {
			func(s *scene) {
				s.Sides.Accepter.Region = "cn-north-1"
				s.side(Accepter).VPC = vpc("vpc-us", "10.11.0.0/16")
				s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-x"}}
			},
			[]string{"SideMismatch: ", "OverlappingCIDRs: ", "InvalidSelection: "},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.prepare(s)
			findings := Preflight(s.Request, s.Snapshot)
			var got []string
			for i, finding := range findings {
				said := finding.Reason + ": " + finding.Message
				if i < len(test.want) && strings.HasPrefix(said, test.want[i]) {
					said = test.want[i]
				}
				got = append(got, said)
			}
			expectLines(t, "findings", test.want, got)
			if len(findings) == 0 {
				expectVerdict(t, FindingsVerdict(findings), verdict.Done, "ChecksPassed")
				return
			}
			messages := make([]string, 0, len(findings))
			for _, finding := range findings {
				messages = append(messages, finding.Message)
			}
			expectVerdict(t, FindingsVerdict(findings), verdict.Stalled, findings[0].Reason, messages...)
		})
	}
}
