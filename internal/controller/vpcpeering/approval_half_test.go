package vpcpeering

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func admitHTTPS(object *v1alpha1.VPCPeering) {
	object.Spec.Requester.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
}

// TestHalfAPlanHasNoHashToApprove: while one side cannot be read, the last whole plan is shown, and no message advises
// to approve what was seen of the other side.
func TestHalfAPlanHasNoHashToApprove(t *testing.T) {
	for _, name := range []string{"its AWSIdentity is gone", "DescribeRouteTables is denied"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object := w.settle(w.approve(w.reconcile(w.peering("eu-us", planOnly)), ""))
			whole := object.Status.Plan
			w.edit(object, admitHTTPS)
			lostSides[name].lose(w, peering.Accepter)
			w.clock.toNextSweep()
			w.cloud.ClearJournal()
			object = w.reconcile(object)
			w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonSideUnread, "One side cannot be read, so the plan cannot be compared.")
			if said := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady).Message; strings.Contains(said, "approvedPlan") {
				t.Errorf("a plan is advised: %s", said)
			}
			if !equality.Semantic.DeepEqual(object.Status.Plan, whole) {
				t.Errorf("the plan shown is %+v, want %+v", object.Status.Plan, whole)
			}
			w.wantsNoWrite()
		})
	}
}

// TestWhatIsLeftHasTheRoutesThatWaitForTheRules: the plan that is shown at the end has the hash that the next
// reconciliation finds.
func TestWhatIsLeftHasTheRoutesThatWaitForTheRules(t *testing.T) {
	w := newWorld(t)
	without := func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.14.0.0/15"}
	}
	object := w.settle(w.approve(w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { planOnly(object); without(object) })), ""))
	allow := w.deny("AuthorizeSecurityGroupIngress")
	w.edit(object, func(now *v1alpha1.VPCPeering) { admitHTTPS(now); now.Spec.Requester.Routes.ExcludeCIDRs = nil })
	object = w.reconcile(w.approve(w.reconcile(object), ""))
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "")
	if left := strings.Join(object.Status.Plan.Actions, "\n"); !strings.Contains(left, "Route 10.14.0.0/16") {
		t.Errorf("left to do:\n%s", left)
	}
	allow()
	w.settle(object)
}

func TestNothingIsStartedWhereNothingIsLeft(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.settle(w.approve(object, "p0"))
	if w.events.has(eventPlanStarted) {
		t.Errorf("told:\n%s", w.events.all())
	}
}
