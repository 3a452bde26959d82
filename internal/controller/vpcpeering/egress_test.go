package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// newClosedWorld is a small world in which the requester's group lets nothing out.
func newClosedWorld(t *testing.T) (w *world, group string) {
	t.Helper()
	w = newSmallWorld(t)
	group = w.pair.Requester.Groups[scene.PodGroup]
	_, err := w.ec2(w.pair.Requester).RevokeSecurityGroupEgress(t.Context(), &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, IpPermissions: allFrom("0.0.0.0/0")})
	if err != nil {
		t.Fatal(err)
	}
	return w, group
}

func letsOut(object *v1alpha1.VPCPeering) {
	object.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow
	object.Spec.Accepter.SecurityGroups.Egress = v1alpha1.EgressAllow
	object.Spec.Accepter.SecurityGroups.Ingress = onPort(443)
}

// out are the egress rules of ours, as the shape says them.
func (w *world) out() []string {
	return slices.DeleteFunc(w.shape(), func(line string) bool { return !strings.Contains(line, "lets out") })
}

func TestAGroupThatLetsNothingOutIsLetSendWhatThePeerAdmits(t *testing.T) {
	w, group := newClosedWorld(t)
	object := w.settle(w.peering("eu-us", letsOut))
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "and 1 rule lets traffic out to it")
	out := w.out()
	if len(out) != 1 || !strings.Contains(out[0], group+" lets out tcp 10.12.0.0/16 443-443, ") || !strings.Contains(out[0], v1alpha1.TagPeerVPC+"="+w.pair.Accepter.VPCID) {
		t.Fatalf("let out are %q, want https to the peer by the group that let nothing out", out)
	}
	was := w.shape()

	// Lost by hand, it is back after one sweep; with a lost status, it is found again.
	rule := slices.IndexFunc(object.Status.Inventory.Requester.SecurityGroupRules, func(r v1alpha1.InventoryRule) bool { return r.Egress })
	id := object.Status.Inventory.Requester.SecurityGroupRules[rule].RuleID
	if _, err := w.ec2(w.pair.Requester).RevokeSecurityGroupEgress(t.Context(), &ec2.RevokeSecurityGroupEgressInput{GroupId: &group, SecurityGroupRuleIds: []string{id}}); err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	w.reconcile(object)
	w.wantsShape(was)
	w.forget(object)
	w.restart()
	object = w.settle(object)
	w.wantsShape(was)

	// spec.tags and the other side's ingress are followed.
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Tags = map[string]v1alpha1.TagValue{"team": "network"}
		now.Spec.Accepter.SecurityGroups.Ingress = onPort(8443)
	})
	object = w.settle(object)
	if out := w.out(); len(out) != 1 || !strings.Contains(out[0], "8443-8443") || !strings.Contains(out[0], "team=network") {
		t.Errorf("let out are %q", out)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressReport })
	object = w.settle(object)
	if out := w.out(); len(out) > 0 {
		t.Errorf("let out are %q, and nobody asks for it", out)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow })
	object = w.settle(object)
	w.remove(object)
	w.wantsShape(nil)
}

// The wide rule is what connections pass by until AWS takes the narrow one.
func TestAWideRuleThatLetsOutIsRevokedOnlyAfterTheNarrowOneIsMade(t *testing.T) {
	w, _ := newClosedWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		letsOut(object)
		object.Spec.Accepter.SecurityGroups.Ingress = nil
	}))
	wide := w.out()
	if len(wide) != 1 || !strings.Contains(wide[0], " lets out -1 10.12.0.0/16") {
		t.Fatalf("let out are %q, want all traffic to the peer", wide)
	}
	allow := w.deny("AuthorizeSecurityGroupEgress")
	w.edit(object, letsOut)
	w.reconcile(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:AuthorizeSecurityGroupEgress")
	if out := w.out(); !slices.Equal(out, wide) {
		t.Errorf("let out are %q, and nothing narrower could be made than %q", out, wide)
	}
	allow()
	w.cloud.ClearJournal()
	w.settle(object)
	if out := w.out(); len(out) != 1 || !strings.Contains(out[0], " lets out tcp 10.12.0.0/16 443-443") {
		t.Errorf("let out are %q, want https alone", out)
	}
	w.notAfter("AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress")
}

func TestWithoutTheRightToLetOutTheConditionNamesIt(t *testing.T) {
	w, _ := newClosedWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Accepter.SecurityGroups.Ingress = onPort(443) }))
	was := w.shape()
	allow := w.deny("AuthorizeSecurityGroupEgress")
	w.edit(object, letsOut)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:AuthorizeSecurityGroupEgress")
	w.wantsShape(was) // what admits, and the routes, stay
	allow()
	object = w.settle(object)
	allow = w.deny("RevokeSecurityGroupEgress")
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "ec2:RevokeSecurityGroupEgress")
	if left := w.shape(); len(left) != 1 {
		t.Errorf("left are %q, want the rule that may not be removed", left)
	}
	allow()
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

func TestAGroupWithoutAFreePlaceForRulesThatLetOutIsNamed(t *testing.T) {
	w, group := newClosedWorld(t)
	for block := range strings.SplitSeq("192.168.0.0/24,192.168.1.0/24", ",") {
		if _, err := w.ec2(w.pair.Requester).AuthorizeSecurityGroupEgress(t.Context(), &ec2.AuthorizeSecurityGroupEgressInput{GroupId: &group, IpPermissions: allFrom(block)}); err != nil {
			t.Fatal(err)
		}
	}
	w.quota(scene.RequesterAccount, "L-0EA8095F", 2)
	object := w.reconcile(w.peering("eu-us", letsOut))
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonQuotaReached, "needs 1 free place beside 2 egress rules")
	w.remove(object)
	w.wantsShape(nil)
}

// Where nobody asks for it nothing is let out, and the finding says both remedies.
func TestAGroupThatLetsNothingOutIsAFindingWithBothRemedies(t *testing.T) {
	w, group := newClosedWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.ClusterRefs = []v1alpha1.LocalName{{Name: cluster.Name}}
	})
	w.reconcile(object)
	w.clock.toNextSweep()
	object = w.reconcile(object)
	if object.Status.Path == nil || !slices.ContainsFunc(object.Status.Path.Findings, func(f v1alpha1.Finding) bool {
		return f.Reason == v1alpha1.FindingGroupDenies && strings.Contains(f.Message, group) &&
			strings.Contains(f.Message, "Add an egress rule to one of these groups, or set spec.requester.securityGroups.egress to Allow.")
	}) {
		t.Errorf("found is %+v", object.Status.Path)
	}
	if calls := w.cloud.Journal(awssim.Query{Action: "AuthorizeSecurityGroupEgress"}); len(calls) > 0 {
		t.Errorf("let out without being asked: %v", calls)
	}
}
