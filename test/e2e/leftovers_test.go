package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// expectNothingInAWS looks, as each account's owner, for connections, for routes to any, and for rules with a tag of ours.
func expectNothingInAWS(t *testing.T, r *rig.Rig) {
	t.Helper()
	for _, side := range r.Sides() {
		config, err := r.Accounts.Config(t.Context(), side.Network.Account, side.Network.Region)
		if err != nil {
			t.Fatal(err)
		}
		owner := ec2.NewFromConfig(config)
		connections, err := owner.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range connections.VpcPeeringConnections {
			if c.Status.Code != types.VpcPeeringConnectionStateReasonCodeDeleted {
				t.Errorf("%s: %s is %s", side.Name, *c.VpcPeeringConnectionId, c.Status.Code)
			}
		}
		tables, err := owner.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables.RouteTables {
			for _, route := range table.Routes {
				if route.VpcPeeringConnectionId != nil {
					t.Errorf("%s: %s has a route to %s", side.Name, *table.RouteTableId, *route.VpcPeeringConnectionId)
				}
			}
		}
		rules, err := owner.DescribeSecurityGroupRules(t.Context(), &ec2.DescribeSecurityGroupRulesInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range rules.SecurityGroupRules {
			if len(rule.Tags) > 0 {
				t.Errorf("%s: rule %s of %s is left", side.Name, *rule.SecurityGroupRuleId, *rule.GroupId)
			}
		}
	}
}
