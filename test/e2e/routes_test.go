package e2e

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/e2e/rig"
)

// route is one route of the eu side.
type route struct{ table, destination string }

func euEC2(t *testing.T, r *rig.Rig) *ec2.Client {
	t.Helper()
	config, err := r.Accounts.Config(t.Context(), r.EU.Network.Account, r.EU.Network.Region)
	if err != nil {
		t.Fatal(err)
	}
	return ec2.NewFromConfig(config)
}

func euTables(t *testing.T, r *rig.Rig) []types.RouteTable {
	t.Helper()
	out, err := euEC2(t, r).DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{
		Filters: []types.Filter{{Name: aws.String("vpc-id"), Values: []string{r.EU.Network.VPCID}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.RouteTables
}

// removeRoute removes a route to the peer behind the operator's back.
func removeRoute(t *testing.T, r *rig.Rig) route {
	t.Helper()
	for _, table := range euTables(t, r) {
		for _, entry := range table.Routes {
			if entry.VpcPeeringConnectionId == nil {
				continue
			}
			removed := route{*table.RouteTableId, *entry.DestinationCidrBlock}
			_, err := euEC2(t, r).DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &removed.table, DestinationCidrBlock: &removed.destination})
			if err != nil {
				t.Fatal(err)
			}
			return removed
		}
	}
	t.Fatal("no route leads to a peering connection")
	return route{}
}

func routeExists(t *testing.T, r *rig.Rig, wanted route) bool {
	t.Helper()
	return slices.ContainsFunc(euTables(t, r), func(table types.RouteTable) bool {
		return *table.RouteTableId == wanted.table && slices.ContainsFunc(table.Routes, func(entry types.Route) bool {
			return aws.ToString(entry.DestinationCidrBlock) == wanted.destination
		})
	})
}
