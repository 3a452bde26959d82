package vpcpeering

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

func onPort(ports ...int32) []v1alpha1.IngressRule {
	var rules []v1alpha1.IngressRule
	for _, port := range ports {
		rules = append(rules, v1alpha1.IngressRule{Protocol: v1alpha1.ProtocolTCP, FromPort: new(port), ToPort: new(port)})
	}
	return rules
}

// fillGroup has others use all places of the requester's group but one.
func (w *world) fillGroup() {
	w.t.Helper()
	group := w.pair.Requester.Groups[scene.PodGroup]
	var permissions []ec2types.IpPermission
	for i := range 59 {
		permissions = append(permissions, allFrom(fmt.Sprintf("192.168.%d.0/24", i))...)
	}
	if _, err := w.ec2(w.pair.Requester).AuthorizeSecurityGroupIngress(w.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: permissions}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAPortIsChangedInAGroupThatHasNoFreePlace(t *testing.T) {
	w := newSmallWorld(t)
	w.fillGroup()
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester.SecurityGroups.Ingress = onPort(443) }))
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.SecurityGroups.Ingress = onPort(8443) })
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
	if rules := strings.Join(w.rulesOf(w.pair.Requester), "\n"); !strings.Contains(rules, "tcp 10.12.0.0/16 8443-8443") || strings.Contains(rules, " 443-443") {
		t.Errorf("the requester has:\n%s", rules)
	}
	w.remove(object)
}

func TestWhereMorePlacesAreNeededThanOursNothingIsShutOut(t *testing.T) {
	w := newSmallWorld(t)
	w.fillGroup()
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester.SecurityGroups.Ingress = onPort(443) }))
	was := w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.SecurityGroups.Ingress = onPort(8443, 9443) })
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonQuotaReached, "needs 2 free places beside 60 ingress rules")
	w.wantsShape(was)
	if revoked := w.cloud.Journal(awssim.Query{Action: "RevokeSecurityGroupIngress"}); len(revoked) > 0 {
		t.Errorf("revoked: %v", revoked)
	}
}

func TestARuleByPrefixListIsSaidToCountWithItsMaximumEntries(t *testing.T) {
	w := newSmallWorld(t)
	api, group := w.ec2(w.pair.Requester), w.pair.Requester.Groups[scene.PodGroup]
	list, err := api.CreateManagedPrefixList(t.Context(), &ec2.CreateManagedPrefixListInput{PrefixListName: new("offices"), AddressFamily: new("IPv4"), MaxEntries: new(int32(60))})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	if _, err := api.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: []ec2types.IpPermission{
		{IpProtocol: new("-1"), PrefixListIds: []ec2types.PrefixListId{{PrefixListId: list.PrefixList.PrefixListId}}},
	}}); err != nil {
		t.Fatal(err)
	}
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonQuotaReached,
		"which needs 1 free place beside 1 ingress rule (1 by prefix list, which counts with the maximum entries of the list)")
}

// TestABlockOfThePeerChangesWhereTheRouteTablesHaveNoFreePlace: the route to the old block goes, whether or not there was
// room for the new one.
func TestABlockOfThePeerChangesWhereTheRouteTablesHaveNoFreePlace(t *testing.T) {
	w := newSmallWorld(t)
	peer := w.ec2(w.pair.Accepter)
	associate := func(block string) *string {
		added, err := peer.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &w.pair.Accepter.VPCID, CidrBlock: &block})
		if err != nil {
			t.Fatal(err)
		}
		return added.CidrBlockAssociation.AssociationId
	}
	before := associate("10.15.0.0/16")
	object := w.settle(w.peering("eu-us", nil))
	w.fillTables(w.pair.Requester)
	if _, err := peer.DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: before}); err != nil {
		t.Fatal(err)
	}
	associate("10.16.0.0/16")
	w.clock.toNextSweep()
	w.reconcile(object)
	w.clock.toNextSweep()
	w.settle(object)
	routes := strings.Join(w.routesOf(w.pair.Requester), "\n")
	for _, table := range w.pair.Requester.Tables {
		if !strings.Contains(routes, table+" routes 10.16.0.0/16") || strings.Contains(routes, table+" routes 10.15.0.0/16") {
			t.Errorf("%s does not follow the peer's blocks:\n%s", table, routes)
		}
	}
}

// fillTables leaves no free place in the tables of a side: the quota is what they have.
func (w *world) fillTables(network *scene.Network) {
	w.t.Helper()
	out, err := w.ec2(network).DescribeRouteTables(w.t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: network.Tables})
	if err != nil {
		w.t.Fatal(err)
	}
	w.quota(network.Account, "L-93826ACB", len(out.RouteTables[0].Routes))
	_, err = w.ec2(network).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{RouteTableId: &network.Tables[0], DestinationCidrBlock: new("10.99.0.0/16"), GatewayId: new(w.makeGateway(network))})
	if err == nil || !strings.Contains(err.Error(), "RouteLimitExceeded") {
		w.t.Fatalf("the table is not full: %v", err)
	}
}
