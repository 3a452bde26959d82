package vpcpeering

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/scene"
)

// A record is everybody's who acts through an identity. A tenant of an identity without allowedVPCIDs named VPCs that
// do not exist, and each took a place in it.
func TestA10WhatAWSDoesNotConfirmTakesNoPlaceInARecord(t *testing.T) {
	for name, happens := range map[string]func(w *world, object *v1alpha1.VPCPeering){
		"reconciled": func(w *world, object *v1alpha1.VPCPeering) { w.reconcile(object) },
		"paused after its sides were pinned": func(w *world, object *v1alpha1.VPCPeering) {
			w.reconcile(object)
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = true })
			w.reconcile(object)
		},
		"in mode Plan": func(w *world, object *v1alpha1.VPCPeering) {
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Mode = v1alpha1.ModePlan })
			w.reconcile(object)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			invented := w.peering("invented", func(object *v1alpha1.VPCPeering) { object.Spec.Accepter.VPCID = "vpc-0123456789abcdef0" })
			happens(w, invented)
			if got := w.admissions(invented); len(got) > 0 {
				t.Errorf("recorded is what AWS does not show: %v", got)
			}
			w.remove(invented)
		})
	}
}

// One that does not hold the pair, or that preflight refuses, makes nothing: it needs no record, and takes no place.
func TestA10WhoMakesNothingTakesNoPlaceInARecord(t *testing.T) {
	w := newSmallWorld(t)
	first := w.settle(w.peering("first", nil))
	second := w.peering("second", nil)
	w.nextSecond(second)
	second = w.reconcile(second)
	w.wants(second, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "first")
	unknown := w.reconcile(w.peering("unknown-group", func(object *v1alpha1.VPCPeering) {
		object.Spec.Mode = v1alpha1.ModePlan
		object.Spec.Accepter.SecurityGroups.SecurityGroupIDs = []string{"sg-0123456789abcdef0"}
	}))
	for _, object := range []*v1alpha1.VPCPeering{second, unknown} {
		if got := w.admissions(object); len(got) > 0 {
			t.Errorf("%s: recorded are %v", object.Name, got)
		}
	}
	if got := w.admissions(first); len(got) != 2 {
		t.Errorf("first: recorded are %v, want both sides", got)
	}
}

// A record that is full holds up nobody's deletion: while the admission holds, none is needed. Nor is it an error of what is
// joined: who has a record keeps up its part.
func TestA10AFullRecordHoldsUpNoDeletion(t *testing.T) {
	w := newSmallWorld(t)
	made := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	w.forgetAdmissions()
	w.fillAdmissions("us")
	w.restart()
	w.dropRoute(w.pair.Requester, w.pair.Accepter.Blocks[0])
	w.clock.toNextSweep()
	made = w.reconcile(made)
	w.wants(made, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdmissionsFull, w.pair.Accepter.VPCID)
	w.wantsShape(was)
	w.edit(made, func(now *v1alpha1.VPCPeering) { now.Spec.Paused = true })
	w.wants(w.reconcile(made), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPaused, "")
	w.remove(made)
	w.wantsShape(nil)
}

// A full record is a person's business, and no failure: a condition says whose it is, and what makes room.
func TestA10AFullRecordIsNamedBeforeAnythingIsMade(t *testing.T) {
	w := newSmallWorld(t)
	w.fillAdmissions("us")
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdmissionsFull, "AWSIdentity "+w.identities["us"])
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonAdmissionsFull, "Delete VPCPeerings that nobody needs")
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.forgetAdmissions()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// fillAdmissions gives an identity a record without a free place for the accepter's VPC.
func (w *world) fillAdmissions(side string) {
	w.t.Helper()
	const most = 1000
	w.setAllowed(side, func(identity *v1alpha1.AWSIdentity) {
		full := v1alpha1.Admission{AccountID: identity.Status.AccountID, Region: scene.AccepterRegion, VPCID: v1alpha1.VPCID(w.pair.Accepter.VPCID)}
		for i := range most {
			full.UIDs = append(full.UIDs, fmt.Sprintf("other-%d", i))
		}
		identity.Status.Admissions = []v1alpha1.Admission{full}
	})
}
