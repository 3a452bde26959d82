package vpcpeering

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestA2WhatIsNamedByIDBecomesOursByTagsAndRecordAloneAndIsRemovedWithTheObject(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	w.onlyTagged()
	if object.Status.PeeringConnectionID != adopt.ConnectionID || object.Status.Adopted {
		t.Errorf("status has %s, adopted: %t; want %s as our own", object.Status.PeeringConnectionID, object.Status.Adopted, adopt.ConnectionID)
	}
	for _, side := range []v1alpha1.SideInventory{object.Status.Inventory.Requester, object.Status.Inventory.Accepter} {
		if len(side.Routes) != 2 || len(side.SecurityGroupRules) != 1 || side.Routes[0].State != v1alpha1.InventoryCreated {
			t.Errorf("on record: %+v", side)
		}
	}
	if adopted := object.Status.Inventory.Adopted; len(adopted) != 7 {
		t.Errorf("adopted: %v", adopted)
	}
	for _, line := range w.shape() {
		if !strings.Contains(line, " routes ") && (!strings.Contains(line, v1alpha1.TagOwner+"="+installation+"/"+w.namespace+"/eu-us") || !strings.Contains(line, "Name=eu to us") || !strings.Contains(line, "made-by=terraform")) {
			t.Errorf("its tags are not ours beside its own: %s", line)
		}
	}
	if !w.events.has("adopt the route to 10.12.0.0/16 in " + w.pair.Requester.Tables[0]) {
		t.Errorf("no event says what was adopted:\n%s", w.events.all())
	}
	w.cloud.ClearJournal()
	w.clock.toNextSweep()
	w.settle(object)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("at rest it wrote %v", writes)
	}
	w.remove(object)
	w.wantsShape(nil)
}

func TestA4WhatIsNotNamedStaysForeignAndHoldsTheDeletion(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	kept := adopt.Requester.Routes[0]
	adopt.Requester.Routes = adopt.Requester.Routes[1:]
	foreign := adopt.Accepter.SecurityGroupRuleIDs[0]
	adopt.Accepter.SecurityGroupRuleIDs = nil
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	w.onlyTagged()
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, kept.Destination+" in "+kept.RouteTableID)
	w.wantsMade(made{connections: 1, routes: 1, rules: 0}, made{connections: 1, routes: 0, rules: 0}) // rules of ours
	if _, err := w.ec2(w.pair.Requester).DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &kept.RouteTableID, DestinationCidrBlock: &kept.Destination}); err != nil {
		t.Fatal(err)
	}
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	if rules := w.rulesOf(w.pair.Accepter); len(rules) != 1 {
		t.Errorf("the accepter's rules are %v; want %s alone", rules, foreign)
	}
}

func TestA2AfterStatusIsLostWhatGitNamesIsOursAndNothingElse(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	kept := adopt.Requester.Routes[0]
	adopt.Requester.Routes = adopt.Requester.Routes[1:]
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	was := w.shape()
	for range 2 {
		object = w.settle(w.forgotten(object))
		w.wantsShape(was)
		if routes := object.Status.Inventory.Requester.Routes; len(routes) != 1 || routes[0].RouteTableID != adopt.Requester.Routes[0].RouteTableID {
			t.Errorf("recorded as ours: %+v", routes)
		}
	}
	object = w.forgotten(object)
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, kept.RouteTableID)
	w.wantsMade(made{connections: 1, routes: 1, rules: 0}, made{connections: 1, routes: 0, rules: 0})
}

func TestA2WithAdoptRemovedFromTheSpecWhatWasAdoptedStaysOurs(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", adopting(w.ofTerraform())))
	was := w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Adopt = nil })
	w.restart()
	object = w.settle(object)
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}

func TestAnAdoptionIsPlannedFirstAndChangesNothing(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Adopt, object.Spec.Mode = adopt, v1alpha1.ModePlan }))
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPlanned, "nothing was changed")
	plan := strings.Join(object.Status.Plan.Actions, "\n")
	t.Logf("plan:\n%s", plan)
	for _, part := range []string{
		"Adopt " + adopt.ConnectionID + " by tagging the requester's view of it.", "Adopt " + adopt.Accepter.SecurityGroupRuleIDs[0] + " (accepter)",
		"Adopt the route to 10.12.0.0/16 in " + w.pair.Requester.Tables[1] + " (requester)",
	} {
		if !strings.Contains(plan, part) {
			t.Errorf("the plan lacks %q", part)
		}
	}
	if len(object.Status.Plan.Actions) != 8 || len(w.writes()) > 0 {
		t.Errorf("%d lines, want 8: 4 routes, 2 views, 2 rules; written: %v", len(object.Status.Plan.Actions), w.writes())
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Mode = v1alpha1.ModeApply })
	w.settle(object)
	w.onlyTagged()
}

func TestUseExistingBecomesOursOnceItIsNamed(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting }))
	if !object.Status.Adopted {
		t.Error("the connection counts as ours before it was named")
	}
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Adopt = adopt })
	object = w.settle(object)
	if object.Status.Adopted {
		t.Error("the connection does not count as ours")
	}
	w.onlyTagged()
	w.remove(object)
	w.wantsShape(nil)
}

func TestAConnectionRequestedFromTheOtherSideIsAdoptedLikeAnyOther(t *testing.T) {
	w := newSmallWorld(t)
	w.pair.Requester, w.pair.Accepter = w.pair.Accepter, w.pair.Requester
	adopt := w.ofTerraform()
	w.pair.Requester, w.pair.Accepter = w.pair.Accepter, w.pair.Requester
	adopt.Requester, adopt.Accepter = adopt.Accepter, adopt.Requester
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	w.onlyTagged()
	w.remove(object)
	w.wantsShape(nil)
}

func TestARouteToOurOwnConnectionThatSomebodyMadeIsAdoptedWithoutNamingTheConnection(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	table, block := w.pair.Requester.Tables[0], w.pair.Accepter.Blocks[0]
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Requester.Routes.RouteTableIDs = w.pair.Requester.Tables[1:] })
	object = w.settle(object)
	w.connectionRouteByHand(w.pair.Requester, table, block, object.Status.PeeringConnectionID)
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Requester.Routes.RouteTableIDs = w.pair.Requester.Tables
		now.Spec.Adopt = &v1alpha1.Adoption{Requester: v1alpha1.SideAdoption{Routes: []v1alpha1.AdoptedRoute{{RouteTableID: table, Destination: block}}}}
	})
	object = w.settle(object)
	w.remove(object)
	w.wantsShape(nil)
}

// TestWhatWasAdoptedAndIsGoneIsMadeAgainThoughItIsStillNamed: Git goes on naming ids that AWS has no more.
func TestWhatWasAdoptedAndIsGoneIsMadeAgainThoughItIsStillNamed(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	shape := len(w.shape())
	w.removeByHand(adopt)
	w.clock.toNextSweep()
	object = w.settle(object)
	if object.Status.PeeringConnectionID == adopt.ConnectionID || len(w.shape()) != shape {
		t.Errorf("not made again: %v", w.shape())
	}
	object = w.settle(w.forgotten(object))
	w.remove(object)
	w.wantsShape(nil)
}

func TestTagsThatTerraformStrippedAreWrittenAgainWhileTheConnectionIsNamed(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	object := w.settle(w.peering("eu-us", adopting(adopt)))
	was := w.shape()
	for _, network := range w.networks() {
		for _, key := range []string{v1alpha1.TagOwner, v1alpha1.TagManagedBy, v1alpha1.TagAdopted} {
			_, err := w.ec2(network).DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{adopt.ConnectionID}, Tags: []ec2types.Tag{{Key: &key}}})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	w.clock.toNextSweep()
	w.settle(w.reconcile(object))
	w.wantsShape(was)
}
