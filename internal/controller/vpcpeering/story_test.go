package vpcpeering

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// made counts what is in AWS that leads from a network to its peer.
type made struct{ connections, routes, rules int }

func (w *world) made(network *scene.Network) made {
	w.t.Helper()
	api, ctx := w.ec2(network), w.t.Context()
	var count made
	connections, err := api.DescribeVpcPeeringConnections(ctx, &ec2.DescribeVpcPeeringConnectionsInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, connection := range connections.VpcPeeringConnections {
		if connection.Status.Code == ec2types.VpcPeeringConnectionStateReasonCodeActive {
			count.connections++
		}
	}
	tables, err := api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, table := range tables.RouteTables {
		for _, route := range table.Routes {
			if route.VpcPeeringConnectionId != nil {
				count.routes++
			}
		}
	}
	rules, err := api.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, rule := range rules.SecurityGroupRules {
		owned := slices.ContainsFunc(rule.Tags, func(tag ec2types.Tag) bool { return *tag.Key == v1alpha1.TagOwner })
		if owned {
			count.rules++
		}
	}
	return count
}

// wantsMade fails unless both networks have what is wanted, or one of several.
func (w *world) wantsMade(want ...made) {
	w.t.Helper()
	for _, network := range w.networks() {
		if got := w.made(network); !slices.Contains(want, got) {
			w.t.Errorf("%s has %+v, want %+v", network.Name, got, want)
		}
	}
}

func TestOnePassJoinsTwoVPCsAndDeletionLeavesNothing(t *testing.T) {
	w := newWorld(t)
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "Pod traffic is not verified.")
	calls := w.cloud.Journal(awssim.Query{Service: "ec2"})
	t.Logf("%d EC2 calls to first Ready", len(calls))
	w.wantsMade(made{connections: 1, routes: 6, rules: 4})

	if err := w.kube.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	if left := w.reconcile(object); left != nil {
		t.Errorf("the object is still there: %+v", left.Status.Conditions)
	}
	w.wantsMade(made{})
}
