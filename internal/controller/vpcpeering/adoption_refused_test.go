package vpcpeering

import (
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// TestA7AllThatCanNotBeAdoptedIsToldAtOnceBeforeTheFirstTag: each finding names what is wrong, and nothing is written.
func TestA7AllThatCanNotBeAdoptedIsToldAtOnceBeforeTheFirstTag(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	requester, group := w.pair.Requester, w.pair.Requester.Groups[scene.PodGroup]
	gateway := w.makeGateway(requester)
	narrow, elsewhere := "10.12.7.0/24", "10.99.0.0/16"
	w.connectionRouteByHand(requester, requester.Tables[0], narrow, adopt.ConnectionID)
	if _, err := w.ec2(requester).CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &requester.Tables[0], DestinationCidrBlock: &elsewhere, GatewayId: &gateway}); err != nil {
		t.Fatal(err)
	}
	other := w.ruleByHand(requester, []ec2types.IpPermission{{IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(22), ToPort: awssdk.Int32(22), IpRanges: []ec2types.IpRange{{CidrIp: awssdk.String("10.12.0.0/16")}}}})
	route := func(table, destination string) v1alpha1.AdoptedRoute {
		return v1alpha1.AdoptedRoute{RouteTableID: table, Destination: destination}
	}
	adopt.Requester.Routes = append(adopt.Requester.Routes, route(requester.Tables[0], narrow), route(requester.Tables[0], elsewhere), route(requester.Tables[0], "10.77.0.0/16"), route("rtb-0123456789abcdef0", "10.12.0.0/16"))
	adopt.Requester.SecurityGroupRuleIDs = append(adopt.Requester.SecurityGroupRuleIDs, other, "sgr-0123456789abcdef0")
	w.cloud.ClearJournal()
	before := w.shape()
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Adopt, object.Spec.Accepter.Routes = adopt, v1alpha1.SideRoutes{Tables: v1alpha1.SelectNone}
	}))
	for _, part := range []string{
		"spec.adopt.requester.routes[2]: The requester routes to 10.12.0.0/16 and not to 10.12.7.0/24, so crossvpc would remove the route.",
		"spec.adopt.requester.routes[3]: The route to 10.99.0.0/16 in " + requester.Tables[0] + " leads to " + gateway + ", not to " + adopt.ConnectionID,
		"spec.adopt.requester.routes[4]: " + requester.Tables[0] + " has no route to 10.77.0.0/16",
		"spec.adopt.requester.routes[5]: rtb-0123456789abcdef0 is not a route table of " + requester.VPCID,
		"securityGroupRuleIDs[1]: " + other + " in " + group + " admits tcp 22 from 10.12.0.0/16, and crossvpc would admit all traffic from 10.12.0.0/16",
		"securityGroupRuleIDs[2]: sgr-0123456789abcdef0 is not in a security group that requester.securityGroups selects",
		"spec.adopt.accepter.routes[0]: With accepter.routes.tables: None crossvpc makes no routes",
	} {
		w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdoption, part)
	}
	w.wantsShape(before)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.remove(object)
	w.wantsShape(before)
}

func TestA3OnlyTheActiveConnectionOfThePairIsAdopted(t *testing.T) {
	for name, test := range map[string]struct {
		named func(w *world) string
		want  string
	}{
		"one that does not exist":  {func(*world) string { return "pcx-0123456789abcdef0" }, "No side sees pcx-0123456789abcdef0"},
		"one that is not accepted": {func(w *world) string { return w.requestByHand(w.pair.Requester) }, "only an active connection can be adopted"},
		"one of another pair": {func(w *world) string {
			other, err := scene.AddNetwork(w.t.Context(), w.accounts, scene.NetworkSpec{
				Account: scene.AccepterAccount, Region: scene.AccepterRegion, Name: "other", Blocks: []string{"10.99.0.0/16"}, Zones: 1, Tables: 1, Groups: []string{scene.PodGroup},
			})
			if err != nil {
				w.t.Fatal(err)
			}
			ours := w.pair.Accepter
			w.pair.Accepter = other
			defer func() { w.pair.Accepter = ours }()
			return w.joinByHand()
		}, "Name the connection of this pair."},
		"one of another installation": {func(w *world) string {
			id := w.joinByHand()
			tags := []ec2types.Tag{{Key: awssdk.String(v1alpha1.TagOwner), Value: awssdk.String("elsewhere/network/eu-us")}}
			if _, err := w.ec2(w.pair.Accepter).CreateTags(w.t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: tags}); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, "belongs to another VPCPeering (owner tag: that of another namespace or installation)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			id := test.named(w)
			before := w.shape()
			w.cloud.ClearJournal()
			object := w.reconcile(w.peering("eu-us", adopting(&v1alpha1.Adoption{ConnectionID: id})))
			w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdoption, test.want)
			w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonAdoption, "")
			w.remove(object)
			w.wantsShape(before)
			if writes := w.writes(); len(writes) > 0 {
				t.Errorf("written: %v", writes)
			}
		})
	}
}

func TestADeniedTagRightIsAConditionWithTheActionNamedAndNothingIsLost(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	before := w.shape()
	allow := w.deny("CreateTags")
	object := w.reconcile(w.peering("eu-us", adopting(adopt)))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:CreateTags")
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonPermissionDenied, "")
	w.wantsShape(before)
	allow()
	w.clock.toNextSweep()
	w.settle(object)
}
