package vpcpeering

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// A joined peering selects groups of another account: preflight names what to set, and setting it is enough.
func TestA9InASharedVPCTheAdviceOfWrongAccountCanBeFollowed(t *testing.T) {
	w := newSharedWorld(t)
	object := w.settle(w.shared(func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectNone}
	}))
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{w.group}}
	})
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonWrongAccount, "spec.accepter.securityGroups.identityRef")
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonWrongAccount, w.group)
	if calls := w.cloud.Journal(awssim.Query{Action: "AuthorizeSecurityGroupIngress", Account: scene.AccepterAccount}); len(calls) > 0 {
		t.Errorf("the owner's role wrote to the participant's group: %v", calls)
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Accepter.SecurityGroups.IdentityRef = &v1alpha1.LocalName{Name: w.identities["team"]}
	})
	object = w.settle(object)
	if w.rules() != 1 {
		t.Errorf("the participant's group has %d rules of ours: %s", w.rules(), sentences(object))
	}
	w.remove(object)
	w.wantsShape(nil)
}
