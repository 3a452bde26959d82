package vpcpeering

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// TestA8DeletedAfterStatusIsLostTheSideThatIsReachedIsCleanedAndTheRestNamed: the object went at once, and all stayed.
func TestA8DeletedAfterStatusIsLostTheSideThatIsReachedIsCleanedAndTheRestNamed(t *testing.T) {
	for name, side := range unresolved {
		for _, of := range peering.Roles() {
			for _, recorded := range []bool{true, false} {
				t.Run(string(of)+": "+name+map[bool]string{true: "", false: ", and no admission is recorded"}[recorded], func(t *testing.T) {
					t.Parallel()
					w := newSmallWorld(t)
					object := w.forget(w.settle(w.peering("eu-us", nil)))
					w.restart()
					side.begin(w, of)
					if !recorded {
						w.forgetAdmissions()
					}
					w.delete(object)
					for range 3 { // it is there as long as the rest is
						object = w.reconcile(object)
						if object == nil {
							t.Fatalf("it is gone, and there is:\n%s\n%s", strings.Join(w.shape(), "\n"), w.events.all())
						}
						w.clock.toNextSweep()
					}
					if got := w.made(w.networkOf(of.Other())); got != (made{}) {
						t.Errorf("the %s still has %+v", of.Other(), got)
					}
					reason := v1alpha1.ReasonCleanupBlocked
					if strings.Contains(name, "not checked") {
						reason = v1alpha1.ReasonDeleting
					}
					for _, part := range []string{w.identityOf(of), "whatever was made in " + w.networkOf(of).VPCID + " (" + string(of) + ")"} {
						w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, reason, part)
					}
					side.end(w, of)
					w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				})
			}
		}
	}
}

// TestA8DeletedAfterStatusIsLostItStaysWhereNobodyCouldLook: what could not be read is not gone. It went, and all stayed.
func TestA8DeletedAfterStatusIsLostItStaysWhereNobodyCouldLook(t *testing.T) {
	refuses := unresolved["the AWSIdentity is not Ready"]
	for name, hindrance := range map[string]hindrance{
		"everything is denied": {denied("*"), allowed},
		"its region is out of order": {lostSides["its region is out of order"].lose, func(w *world, _ peering.Role) {
			w.cloud.RemoveFault("")
			w.restart()
		}},
		"its AWSIdentity is not checked yet": unresolved["the AWSIdentity is not checked yet"],
	} {
		for _, of := range peering.Roles() {
			t.Run(string(of)+": "+name, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object := w.forget(w.settle(w.peering("eu-us", nil)))
				w.restart()
				refuses.begin(w, of)
				hindrance.begin(w, of.Other())
				w.forgetAdmissions()
				w.delete(object)
				for range 3 {
					if object = w.reconcile(object); object == nil {
						t.Fatalf("it is gone, and there is:\n%s\n%s", strings.Join(w.shape(), "\n"), w.events.all())
					}
					w.clock.toNextSweep()
				}
				refuses.end(w, of)
				hindrance.end(w, of.Other())
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				w.wantsShape(nil)
			})
		}
	}
}

// TestAnObjectThatNeverMadeAnythingGoesThoughASideWasNeverResolved: nothing of its is found where one can look.
func TestAnObjectThatNeverMadeAnythingGoesThoughASideWasNeverResolved(t *testing.T) {
	for _, of := range peering.Roles() {
		t.Run(string(of), func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			w.unready(of, metav1.ConditionFalse)
			object := w.forget(w.reconcile(w.peering("eu-us", nil)))
			w.delete(object)
			if object = w.reconcile(object); object != nil {
				t.Errorf("it is there: %s", sentences(object))
			}
		})
	}
}
