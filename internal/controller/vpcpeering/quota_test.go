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
