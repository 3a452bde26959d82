package vpcpeering

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// admitNobody withdraws every admission.
func (w *world) admitNobody() {
	w.t.Helper()
	for side := range w.identities {
		w.setAllowed(side, func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces = v1alpha1.AllowedNamespaces{} })
	}
}

func (w *world) admitAgain() {
	w.t.Helper()
	for side := range w.identities {
		w.setAllowed(side, func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces.Names = []string{w.namespace} })
	}
}

// admissions are what the identities recorded of an object, as VPC ids.
func (w *world) admissions(of *v1alpha1.VPCPeering) []string {
	w.t.Helper()
	var found []string
	for _, name := range w.identities {
		identity := &v1alpha1.AWSIdentity{}
		if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: name}, identity); err != nil {
			w.t.Fatal(err)
		}
		for _, admission := range identity.Status.Admissions {
			if slices.Contains(admission.UIDs, string(of.UID)) {
				found = append(found, fmt.Sprintf("%s %s %s", admission.AccountID, admission.Region, admission.VPCID))
			}
		}
	}
	slices.Sort(found)
	return found
}

// forgetAdmissions leaves AWSIdentities as a version did that recorded none.
func (w *world) forgetAdmissions() {
	w.t.Helper()
	for side := range w.identities {
		w.setAllowed(side, func(identity *v1alpha1.AWSIdentity) { identity.Status.Admissions = nil })
	}
}

// TestA10RightsOnStatusAreNoRightsOnAWS: an object that nobody admits, its status patched with pins and the id of a
// connection that Terraform made, was deleted: two routes of Terraform's went with it.
func TestA10RightsOnStatusAreNoRightsOnAWS(t *testing.T) {
	for _, force := range []bool{false, true} {
		t.Run(fmt.Sprintf("force %t", force), func(t *testing.T) {
			w := newSmallWorld(t)
			id := w.joinByHand()
			w.tagByHand(w.pair.Requester, id)
			eu, us := w.pair.Requester, w.pair.Accepter
			w.connectionRouteByHand(eu, eu.Tables[0], us.Blocks[0], id)
			w.connectionRouteByHand(us, us.Tables[0], eu.Blocks[0], id)
			w.admitNobody()
			before := w.shape()
			forged := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				if force {
					object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
				}
			}))
			w.forge(forged, id)
			w.cloud.ClearJournal()
			w.delete(forged)
			if force {
				w.until(forged, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			} else {
				forged = w.reconcile(forged)
				w.wants(forged, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "does not admit namespace "+w.namespace)
				w.wants(forged, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonCleanupBlocked, "Its owner can admit the namespace")
			}
			if calls := w.cloud.Journal(awssim.Query{Service: "ec2"}); len(calls) > 0 {
				t.Errorf("%s was called, through an identity that admits nobody", calls[0].Action)
			}
			w.wantsShape(before)
		})
	}
}

// forge writes into status what rights on it allow: pins, a connection of others, and a record of routes to it.
func (w *world) forge(of *v1alpha1.VPCPeering, id string) {
	w.t.Helper()
	eu, us := w.pair.Requester, w.pair.Accepter
	pin := func(side string, network *scene.Network) *v1alpha1.SideStatus {
		return &v1alpha1.SideStatus{
			AccountID: v1alpha1.AccountID(network.Account), Region: v1alpha1.Region(network.Region), VPCID: v1alpha1.VPCID(network.VPCID), Identity: w.identities[side],
		}
	}
	route := func(network, peer *scene.Network) v1alpha1.SideInventory {
		return v1alpha1.SideInventory{Routes: []v1alpha1.InventoryRoutes{{
			RouteTableID: network.Tables[0], Destinations: []string{peer.Blocks[0]}, State: v1alpha1.InventoryCreated,
		}}}
	}
	of.Status.Requester, of.Status.Accepter = pin("eu", eu), pin("us", us)
	of.Status.PeeringConnectionID, of.Status.Adopted = id, true
	of.Status.Inventory = &v1alpha1.Inventory{Requester: route(eu, us), Accepter: route(us, eu)}
	if err := w.kube.Status().Update(w.t.Context(), of); err != nil {
		w.t.Fatal(err)
	}
}

func TestA10ADeletionActsOnAnAdmissionThatWasRecordedWhileItHeld(t *testing.T) {
	w := newSmallWorld(t)
	made := w.settle(w.peering("eu-us", nil))
	want := []string{
		fmt.Sprintf("%s %s %s", scene.RequesterAccount, scene.RequesterRegion, w.pair.Requester.VPCID),
		fmt.Sprintf("%s %s %s", scene.AccepterAccount, scene.AccepterRegion, w.pair.Accepter.VPCID),
	}
	if got := w.admissions(made); !slices.Equal(got, want) {
		t.Errorf("recorded are %v, want %v", got, want)
	}
	w.admitNobody()
	made = w.reconcile(made)
	w.wants(made, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed,
		"What was made stays in AWS and is not repaired: connection "+made.Status.PeeringConnectionID+", 4 routes, 2 group rules. Whoever deletes this VPCPeering removes it.")
	w.wants(made, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed,
		"by the tag networking.crossvpc.io/owner="+installation+"/"+w.namespace+"/eu-us")
	w.remove(made)
	w.wantsShape(nil)
	if left := w.admissions(made); len(left) > 0 {
		t.Errorf("recorded of an object that is gone: %v", left)
	}
}

func TestAnObjectOfAVersionWithoutRecordsIsRecordedBeforeAnythingElse(t *testing.T) {
	for name, begin := range map[string]func(w *world, object *v1alpha1.VPCPeering){
		"reconciled": func(w *world, object *v1alpha1.VPCPeering) { w.reconcile(object) },
		"paused": func(w *world, object *v1alpha1.VPCPeering) {
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = true })
			w.reconcile(object)
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = false })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			made := w.settle(w.peering("eu-us", nil))
			w.forgetAdmissions()
			w.restart()
			begin(w, made)
			if got := w.admissions(made); len(got) != 2 {
				t.Errorf("recorded are %v", got)
			}
			w.admitNobody()
			w.remove(made)
			w.wantsShape(nil)
		})
	}
	t.Run("deleted at once", func(t *testing.T) {
		w := newSmallWorld(t)
		made := w.settle(w.peering("eu-us", nil))
		w.forgetAdmissions()
		w.restart()
		w.remove(made)
		w.wantsShape(nil)
	})
	t.Run("withdrawn before: nothing leaks", func(t *testing.T) {
		w := newSmallWorld(t)
		made := w.settle(w.peering("eu-us", nil))
		before := w.shape()
		w.forgetAdmissions()
		w.admitNobody()
		w.restart()
		made = w.reconcile(made)
		w.wants(made, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed, "Deleting this VPCPeering removes nothing")
		w.delete(made)
		made = w.reconcile(made)
		w.wants(made, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "delete "+made.Status.PeeringConnectionID)
		w.wantsShape(before)
		w.admitAgain()
		w.until(made, func(now *v1alpha1.VPCPeering) bool { return now == nil })
		w.wantsShape(nil)
	})
}

// TestA10AnIdentityThatDoesNotAdmitHoldsUpItsOwnSideAlone: nothing is called as the one, and the other side is cleaned.
func TestA10AnIdentityThatDoesNotAdmitHoldsUpItsOwnSideAlone(t *testing.T) {
	for _, forced := range []bool{false, true} {
		t.Run(fmt.Sprintf("force %t", forced), func(t *testing.T) {
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
				identity.Spec.AllowedNamespaces, identity.Status.Admissions = v1alpha1.AllowedNamespaces{}, nil
			})
			w.restart()
			if forced {
				w.edit(object, func(now *v1alpha1.VPCPeering) {
					now.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
				})
			}
			w.cloud.ClearJournal()
			w.delete(object)
			now := w.reconcile(object)
			for range 3 {
				if now != nil {
					w.clock.toNextSweep()
					now = w.reconcile(object)
				}
			}
			if calls := w.cloud.Journal(awssim.Query{Service: "ec2", Account: scene.AccepterAccount}); len(calls) > 0 {
				t.Errorf("%s was called, through an identity that admits nobody", calls[0].Action)
			}
			if got := w.made(w.pair.Requester); got != (made{}) {
				t.Errorf("the requester still has %+v", got)
			}
			if (now == nil) != forced {
				t.Fatalf("the object is %v", now)
			}
			w.namesWhatIsLeft(now, peering.Accepter)
			if forced {
				return
			}
			w.wants(now, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "AWSIdentity "+w.identities["us"]+" does not admit namespace "+w.namespace)
			w.admitAgain()
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.wantsShape(nil)
		})
	}
}

func TestPinsThatSomebodyWipedLeaveNothingBehind(t *testing.T) {
	w := newSmallWorld(t)
	made := w.settle(w.peering("eu-us", nil))
	made.Status.Requester, made.Status.Accepter = nil, nil
	if err := w.kube.Status().Update(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	w.remove(made)
	w.wantsShape(nil)
}

func TestAnIdentityCanForbidToLeaveAnythingBehind(t *testing.T) {
	w := newSmallWorld(t)
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.DeletionPolicies = []v1alpha1.DeletionPolicy{v1alpha1.DeletionDelete}
	})
	refused := w.reconcile(w.peering("a-orphan", func(object *v1alpha1.VPCPeering) { object.Spec.DeletionPolicy = v1alpha1.DeletionOrphan }))
	w.wants(refused, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonDeletionPolicyNotAllowed, "does not allow deletionPolicy Orphan")
	w.remove(refused)

	made := w.settle(w.peering("eu-us", nil))
	before := w.shape()
	w.edit(made, func(now *v1alpha1.VPCPeering) {
		now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan
		now.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	})
	w.delete(made)
	made = w.reconcile(made)
	w.wants(made, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "lets nothing be left behind (spec.deletionPolicies). Set spec.deletionPolicy to Delete.")
	w.wantsShape(before)

	allow := w.deny("DeleteRoute")
	w.edit(made, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionDelete })
	made = w.reconcile(made)
	w.wants(made, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "lets nothing be left behind")
	if ready := meta.FindStatusCondition(made.Status.Conditions, v1alpha1.ConditionReady); strings.Contains(ready.Message, v1alpha1.AnnotationForceFinalize) {
		t.Errorf("the message offers what is forbidden: %s", ready.Message)
	}
	allow()
	w.until(made, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

func TestALostStatusAndAConnectionDeletedByHandEndWhereAFreshOneDoes(t *testing.T) {
	w := newSmallWorld(t)
	made := w.settle(w.peering("eu-us", nil))
	w.deleteByHand(made.Status.PeeringConnectionID)
	w.forget(made)
	w.restart()
	made = w.settle(made)
	w.wants(made, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "4 routes")

	w.deleteByHand(made.Status.PeeringConnectionID)
	w.forget(made)
	w.restart()
	w.remove(made)
	w.wantsShape(nil)
}

func TestWhatTheIdentityDoesNotAllowIsRefusedBeforeTheFirstWrite(t *testing.T) {
	w := newSmallWorld(t)
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedSecurityGroupTags = map[string]v1alpha1.TagValue{"crossvpc": "open"}
		identity.Spec.AllowedRouteTableTags = map[string]v1alpha1.TagValue{"crossvpc": "open"}
	})
	w.cloud.ClearJournal()
	refused := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Accepter.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll}
	}))
	w.wants(refused, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSecurityGroupNotAllowed, "(spec.allowedRouteTableTags)")
	w.wants(refused, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSecurityGroupNotAllowed, w.pair.Accepter.Groups[scene.PodGroup])
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedSecurityGroupTags, identity.Spec.AllowedRouteTableTags = nil, nil
	})
	made := w.settle(refused)
	// The limit comes later: what is there stays, and goes with the object.
	w.setAllowed("us", func(identity *v1alpha1.AWSIdentity) {
		identity.Spec.AllowedSecurityGroupTags = map[string]v1alpha1.TagValue{"crossvpc": "open"}
	})
	w.remove(made)
	w.wantsShape(nil)
}

func TestChangesOfAdmissionsWakeNobody(t *testing.T) {
	before := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: "eu", ResourceVersion: "1"}}
	after := before.DeepCopy()
	after.ResourceVersion = "2"
	after.Status.Admissions = []v1alpha1.Admission{{VPCID: "vpc-1", UIDs: []string{"a"}}}
	if object.IdentityChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}) {
		t.Error("a recorded admission has all that rests on the identity reconciled")
	}
	after.Finalizers = []string{"networking.crossvpc.io/finalizer"}
	if object.IdentityChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}) {
		t.Error("a finalizer, which the identity gets when the first object rests on it, has that one reconciled again")
	}
	after.Status.AccountID = "111111111111"
	if !object.IdentityChanged().Update(event.UpdateEvent{ObjectOld: before, ObjectNew: after}) {
		t.Error("a change of the account wakes nobody")
	}
}

// TestA10AStrangersStatusTakesNoPair: by a connection in its status an object that nobody admits held a pair of VPCs of others.
func TestA10AStrangersStatusTakesNoPair(t *testing.T) {
	w := newSmallWorld(t)
	admitted := w.namespace
	w.makeNamespace()
	stranger := w.peering("stranger", nil)
	w.forge(stranger, "pcx-0123456789abcdef0")
	w.namespace = admitted
	w.nextSecond(stranger)
	made := w.settle(w.peering("eu-us", nil))
	w.remove(made)
	w.wantsShape(nil)
}
