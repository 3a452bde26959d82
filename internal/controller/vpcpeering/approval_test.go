package vpcpeering

import (
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

func planOnly(object *v1alpha1.VPCPeering) { object.Spec.Mode = v1alpha1.ModePlan }

// approve sets spec.approvedPlan to a hash; empty: to the plan that status shows.
func (w *world) approve(object *v1alpha1.VPCPeering, hash string) *v1alpha1.VPCPeering {
	w.t.Helper()
	if hash == "" {
		hash = w.read(object).Status.Plan.Hash
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.ApprovedPlan = hash })
	return w.read(object)
}

// wantsNoWrite looks at what AWS was asked since the journal was cleared.
func (w *world) wantsNoWrite() {
	w.t.Helper()
	if writes := w.writes(); len(writes) > 0 {
		w.t.Errorf("written: %v", writes)
	}
}

func TestAnApprovedPlanIsCarriedOutInPlanModeAndThenKeptUp(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { planOnly(object); withDNS(object) }))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanned, "set spec.approvedPlan to "+object.Status.Plan.Hash)
	object = w.settle(w.approve(object, ""))
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	switch approval := object.Status.Approval; {
	case approval == nil || approval.Hash != object.Spec.ApprovedPlan || approval.CarriedOutFor == "" || len(approval.Items)+len(approval.Actions) > 0:
		t.Errorf("approval is %+v", approval)
	case len(object.Status.Plan.Actions) > 0:
		t.Errorf("left to do: %v", object.Status.Plan.Actions)
	}
	undisturbed := w.shape()
	w.dropRouteAndRule(object, peering.Requester)
	w.clock.toNextSweep()
	object = w.settle(object)
	w.wantsShape(undisturbed)
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.clock.toNextSweep()
	object = w.settle(object)
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.remove(object)
	w.wantsShape(nil)
}

func TestAnApprovalOfAnotherPlanIsRefusedAndSaysWhatDiffers(t *testing.T) {
	for _, mode := range []v1alpha1.Mode{v1alpha1.ModePlan, v1alpha1.ModeApply} {
		t.Run(string(mode), func(t *testing.T) {
			w := newSmallWorld(t)
			object := w.reconcile(w.peering("eu-us", planOnly))
			old := object.Status.Plan.Hash
			w.routeByHand(w.pair.Requester, w.pair.Requester.Tables[0], "10.12.0.0/16")
			w.cloud.ClearJournal()
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Mode, now.Spec.ApprovedPlan = mode, old })
			object = w.reconcile(object)
			now := object.Status.Plan.Hash
			for _, part := range []string{old, now, "Only the approved plan has: Route 10.12.0.0/16 in " + w.pair.Requester.Tables[0]} {
				w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanOutdated, part)
			}
			w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonPlanOutdated, "")
			w.clock.toNextSweep()
			object = w.reconcile(object)
			w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanOutdated, "Only the approved plan has: ")
			w.wantsNoWrite()
			w.approve(object, now)
			w.until(object, func(*v1alpha1.VPCPeering) bool { return len(w.writes()) > 0 })
			w.remove(object)
		})
	}
}

// TestWhatChangesHalfwayIsNotCarriedOut: a table that is new since the approval gets no route.
func TestWhatChangesHalfwayIsNotCarriedOut(t *testing.T) {
	w := newSmallWorld(t)
	object := w.reconcile(w.peering("eu-us", planOnly))
	allow := w.deny("CreateRoute")
	object = w.reconcile(w.approve(object, ""))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "")
	if len(object.Status.Approval.Items) == 0 {
		t.Fatalf("no items are on record: %+v", object.Status.Approval)
	}
	allow()
	w.edit(object, admitHTTPS)
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanOutdated, "admit tcp 443")
	w.wantsNoWrite()
	w.settle(w.approve(object, ""))
}

func TestAChangeOfTheSpecAfterReadyNeedsANewApproval(t *testing.T) {
	w := newWorld(t)
	object := w.reconcile(w.peering("eu-us", planOnly))
	object = w.settle(w.approve(object, ""))
	was := w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.14.0.0/15"} })
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonAwaitingApproval, object.Status.Plan.Hash)
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
	w.wantsNoWrite()
	w.wantsShape(was)
	// Undone, it is as before.
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.ExcludeCIDRs = nil })
	object = w.settle(object)
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.14.0.0/15"} })
	object = w.settle(w.approve(w.reconcile(object), ""))
	if routes := w.routesOf(w.pair.Requester); strings.Contains(strings.Join(routes, "\n"), "10.14.0.0/16") {
		t.Errorf("the requester routes %v", routes)
	}
	// A change that asks nothing of AWS needs no approval, and repairs go on.
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole })
	object = w.settle(object)
	if object.Status.Approval.CarriedOutFor == "" {
		t.Errorf("approval is %+v", object.Status.Approval)
	}
	was = w.shape()
	w.dropRouteAndRule(object, peering.Requester)
	w.clock.toNextSweep()
	w.settle(object)
	w.wantsShape(was)
}

func TestAWithdrawnApprovalStopsEverything(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.approve(w.reconcile(w.peering("eu-us", planOnly)), ""))
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.ApprovedPlan = "" })
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanned, "")
	w.wantsNoWrite()
	if object.Status.Approval != nil {
		t.Errorf("approval is %+v", object.Status.Approval)
	}
	w.remove(object)
	w.wantsShape(nil)
}

// TestA9KilledAfterAnyCallTheRestOfAnApprovedPlanIsApproved: nobody approves twice.
func TestA9KilledAfterAnyCallTheRestOfAnApprovedPlanIsApproved(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.nameHosts()
			withPlan := func(object *v1alpha1.VPCPeering) { planOnly(object); withDNS(object) }
			var undisturbed []string
			n := 1
			for ; !t.Failed(); n++ {
				object := w.reconcile(w.peering("eu-us", withPlan))
				object = w.approve(object, "")
				killed := w.killedAt(object, n, after)
				object = w.settle(object)
				if undisturbed == nil {
					undisturbed = w.shape()
				}
				w.wantsShape(undisturbed)
				w.remove(object)
				w.wantsShape(nil)
				if !killed {
					break
				}
			}
			t.Logf("killed at each of %d acts", n-1)
		})
	}
}

// TestOfAllThatIsWrittenTheApprovedPlanHasEach compares what AWS was asked with what was shown before.
func TestOfAllThatIsWrittenTheApprovedPlanHasEach(t *testing.T) {
	w := newSmallWorld(t)
	object := w.reconcile(w.peering("eu-us", planOnly))
	routes := slices.DeleteFunc(slices.Clone(object.Status.Plan.Actions), func(line string) bool { return !strings.HasPrefix(line, "Route ") })
	w.cloud.ClearJournal()
	w.settle(w.approve(object, ""))
	made := slices.DeleteFunc(w.writes(), func(action string) bool { return !strings.Contains(action, "CreateRoute") })
	if len(made) != len(routes) {
		t.Errorf("%d routes were shown, %d were made: %v", len(routes), len(made), made)
	}
}
