package vpcpeering

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// failAlways has AWS answer an action with an error until the faults are removed.
func (w *world) failAlways(action, code, message string) {
	w.t.Helper()
	fault := awssim.Fault{Service: "ec2", Action: action, Count: -1, Effect: awssim.ErrorAnswer, Code: code, Message: message, Status: 400}
	if _, err := w.cloud.Inject(fault); err != nil {
		w.t.Fatal(err)
	}
}

// stalledAfter is how long passes come again until the object is Stalled, and how many there were.
func (w *world) stalledAfter(object *v1alpha1.VPCPeering) (waited time.Duration, passes int) {
	w.t.Helper()
	began := w.clock.Now()
	for passes < 100 {
		result, err := w.tryReconcile(w.t.Context(), object)
		if err != nil {
			w.t.Fatal(err)
		}
		passes++
		if meta.IsStatusConditionTrue(w.read(object).Status.Conditions, v1alpha1.ConditionStalled) {
			return w.clock.Since(began), passes
		}
		w.clock.advance(result.RequeueAfter)
	}
	w.t.Fatalf("after %s: %s", w.clock.Since(began), sentences(w.read(object)))
	return 0, 0
}

func TestAnErrorThatDoesNotPassIsTriedEverMoreSeldomAndThenToldAPerson(t *testing.T) {
	for code, patience := range map[string]time.Duration{"SomethingNobodyKnows": 10 * time.Minute, "IncorrectState": 5 * time.Minute} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.failAlways("CreateRoute", code, "it is in no state for that")
			object := w.peering("eu-us", nil)
			w.wants(w.reconcile(object), v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonAWSError, "ec2:CreateRoute: it is in no state for that")
			waited, passes := w.stalledAfter(object)
			// Status keeps whole seconds, cut off: an error met at 11:59:59.8 counts from 11:59:59.
			if waited < patience-time.Second || waited > patience+2*time.Minute || passes > 40 {
				t.Errorf("told a person after %s and %d passes, want %s and few", waited, passes, patience)
			}
			object = w.read(object)
			w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonAWSError, "it is in no state for that ("+code+")")
			w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonAWSError, "This error usually clears within "+message.Duration(patience))
			w.wantsStage(object, "Failed")
			w.cloud.RemoveFault("")
			w.remove(w.settle(object))
			w.wantsShape(nil)
		})
	}
}

func TestAThrottledStepIsWaitedForWithoutEnd(t *testing.T) {
	w := newSmallWorld(t)
	w.restartWith(w.kube, w.plainHTTP())
	w.failAlways("CreateRoute", "RequestLimitExceeded", "Request limit exceeded.")
	object := w.peering("eu-us", nil)
	for range 2 {
		object = w.reconcile(object)
		w.clock.advance(7 * time.Minute) // AWS takes no signature of 15 minutes ago
	}
	w.wants(object, v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonAWSError, "slows down and tries again")
	w.wantsStage(object, "InProgress")
	w.cloud.RemoveFault("")
	w.remove(w.settle(object))
}

func TestA8WhatCannotBeRemovedForLongIsNamedThoughItMayPass(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.failAlways("DeleteVpcPeeringConnection", "DependencyViolation", "it has dependencies")
	w.delete(object)
	w.stalledAfter(object)
	w.wants(w.read(object), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "delete "+object.Status.PeeringConnectionID)
	w.cloud.RemoveFault("")
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}
