package vpcpeering

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// Another role of the owner's account acts on groups, and may not look at the VPC: without its record nothing is begun.
func TestA10NothingIsBegunThroughAnIdentityThatHasNoRecord(t *testing.T) {
	w := newSmallWorld(t)
	role := "arn:aws:iam::" + scene.AccepterAccount + ":role/groups"
	w.makeIdentityOf("groups", scene.AccepterAccount, role)
	w.cloud.Deny(role, "ec2:DescribeVpcs")
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups.IdentityRef = &v1alpha1.LocalName{Name: w.identities["groups"]}
	}))
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "AWSIdentity "+w.identities["groups"])
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	if got := w.admissions(object); len(got) > 0 {
		t.Errorf("recorded are %v", got)
	}
	w.cloud.ClearPolicy(role)
	object = w.settle(object)
	if got := w.admissions(object); len(got) != 3 {
		t.Errorf("recorded are %v", got)
	}
	w.remove(object)
	w.wantsShape(nil)
}

// That AWS does not answer the one who acts on groups is told to a person after a while: preflight, whose condition tells
// it, passes before it each time.
func TestAnErrorOfWhoHasNoRecordAgesToo(t *testing.T) {
	w := newSmallWorld(t)
	role := "arn:aws:iam::" + scene.AccepterAccount + ":role/groups"
	w.makeIdentityOf("groups", scene.AccepterAccount, role)
	fault := awssim.Fault{Service: "ec2", Action: "DescribeVpcs", Principal: role, Count: -1, Effect: awssim.ErrorAnswer, Code: "SomethingNobodyKnows", Status: 400}
	if _, err := w.cloud.Inject(fault); err != nil {
		t.Fatal(err)
	}
	object := w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups.IdentityRef = &v1alpha1.LocalName{Name: w.identities["groups"]}
	})
	w.wants(w.reconcile(object), v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAWSError, "Reading the VPC as AWSIdentity "+w.identities["groups"])
	w.stalledAfter(object)
	w.wants(w.read(object), v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAWSError, "This error usually clears within")
	w.cloud.RemoveFault("")
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// An identity that a joined peering gets later does nothing either without its record. The others do their part.
func TestA10WithoutARecordOnlyTheOthersKeepUpWhatWasJoined(t *testing.T) {
	w := newSharedWorld(t)
	object := w.settle(w.shared(func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectNone}
	}))
	was := w.shape()
	w.forgetAdmissions()
	w.cloud.Deny(roleOf(participantAccount), "ec2:DescribeVpcs")
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{
			Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{w.group}, IdentityRef: &v1alpha1.LocalName{Name: w.identities["team"]},
		}
	})
	w.dropRoute(w.pair.Accepter, w.pair.Requester.Blocks[0])
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "AWSIdentity "+w.identities["team"])
	w.wantsShape(was)
	if calls := w.cloud.Journal(awssim.Query{Action: "AuthorizeSecurityGroupIngress", Account: participantAccount}); len(calls) > 0 {
		t.Error("rules were written through an identity that has no record")
	}
	if got := w.admissions(object); len(got) != 2 {
		t.Errorf("recorded are %v, want those of the two that AWS shows the VPCs to", got)
	}
	w.cloud.ClearPolicy(roleOf(participantAccount))
	w.clock.toNextSweep()
	object = w.settle(object)
	if got := w.admissions(object); len(got) != 3 || w.rules() != 1 {
		t.Errorf("recorded are %v, with %d rules", got, w.rules())
	}
	w.remove(object)
	w.wantsShape(nil)
}
