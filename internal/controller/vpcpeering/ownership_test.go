package vpcpeering

import (
	"slices"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

func TestA1TheOldestObjectHoldsThePairAndTheNextTakesOverWhenItIsGone(t *testing.T) {
	w := newSmallWorld(t)
	first := w.settle(w.peering("a-first", nil))
	second := w.peering("b-second", func(object *v1alpha1.VPCPeering) { // the same pair, seen from the other end
		object.Spec.Requester, object.Spec.Accepter = object.Spec.Accepter, object.Spec.Requester
	})
	w.cloud.ClearJournal()
	second = w.reconcile(second)
	w.wants(second, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "VPCPeering a-first already joins "+w.pair.Accepter.VPCID)
	w.wants(second, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonSamePair, "Delete this object")
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("the second object wrote %v", writes)
	}
	w.wants(w.reconcile(first), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
	w.remove(first)
	w.settle(second)
	w.remove(second)
	w.wantsShape(nil)
}

func TestA1OfTwoObjectsOfOneSecondTheOneWithTheConnectionHoldsThePair(t *testing.T) {
	w := newSmallWorld(t)
	first := w.settle(w.peering("z-first", nil))
	second := w.reconcile(w.peering("a-second", nil))
	w.wants(second, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "VPCPeering z-first already joins")
	w.wants(w.settle(first), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
}

func TestA1AcrossNamespacesAnObjectLearnsOnlyThatThePairIsTaken(t *testing.T) {
	w := newSmallWorld(t)
	first := w.settle(w.peering("secret-name", nil))
	w.makeNamespace()
	for _, side := range []string{"eu", "us"} {
		w.setAllowed(side, func(identity *v1alpha1.AWSIdentity) {
			identity.Spec.AllowedNamespaces.Names = append(identity.Spec.AllowedNamespaces.Names, w.namespace)
		})
	}
	second := w.reconcile(w.peering("other", nil))
	w.wants(second, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "Another VPCPeering already joins")
	w.remove(second)
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.remove(first)
}

// TestA1AnObjectThatIsNotAdmittedAnyMoreHoldsNoPair: it was resolved once, never got a connection, and can't.
func TestA1AnObjectThatIsNotAdmittedAnyMoreHoldsNoPair(t *testing.T) {
	w := newSmallWorld(t)
	allow := w.deny("CreateVpcPeeringConnection")
	older := w.reconcile(w.peering("a-older", nil))
	w.wants(older, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "")
	allow()
	w.setAllowed("eu", func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces.Names = []string{"elsewhere"} })
	older = w.reconcile(older)
	w.wants(older, v1alpha1.ConditionIdentitiesReady, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed, "")
	w.nextSecond(older)
	w.makeIdentity("eu2", scene.RequesterAccount)
	w.settle(w.peering("b-younger", func(object *v1alpha1.VPCPeering) { object.Spec.Requester.IdentityRef.Name = w.identities["eu2"] }))
}

func TestA1AnObjectInPlanModeHoldsNoPair(t *testing.T) {
	w := newSmallWorld(t)
	w.reconcile(w.peering("a-plan", func(object *v1alpha1.VPCPeering) { object.Spec.Mode = v1alpha1.ModePlan }))
	w.settle(w.peering("b-apply", nil))
}

func TestA1AForeignPeeringOfTheOtherOrientationIsFoundBeforeCreate(t *testing.T) {
	w := newSmallWorld(t)
	w.pair.Requester, w.pair.Accepter = w.pair.Accepter, w.pair.Requester
	id := w.joinByHand()
	w.pair.Requester, w.pair.Accepter = w.pair.Accepter, w.pair.Requester
	w.cloud.ClearJournal()
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonForeignPeering, id)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written all the same: %v", writes)
	}
}

func TestA2AfterStatusIsLostTheObjectTakesUpItsOwnConnection(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	id, was := object.Status.PeeringConnectionID, w.shape()
	object = w.forget(object)
	w.restart()
	object = w.settle(object)
	if object.Status.PeeringConnectionID != id {
		t.Errorf("it is %s now, was %s", object.Status.PeeringConnectionID, id)
	}
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}

// forget wipes status, as a restore from Git does.
func (w *world) forget(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	w.t.Helper()
	object = w.read(object)
	object.Status = v1alpha1.VPCPeeringStatus{}
	if err := w.kube.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	return object
}

func TestA2DeletedAfterStatusIsLostItLeavesNothing(t *testing.T) {
	for name, edit := range map[string]func(w *world, object *v1alpha1.VPCPeering){
		"selected by id": func(*world, *v1alpha1.VPCPeering) {},
		"selected by tag": func(_ *world, object *v1alpha1.VPCPeering) {
			for _, side := range []*v1alpha1.VPCPeeringSide{&object.Spec.Requester, &object.Spec.Accepter} {
				side.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupTags: map[string]v1alpha1.TagValue{"use": "pods"}}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			w.tagGroups("use", "pods")
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { edit(w, object) }))
			w.wantsMade(made{connections: 1, routes: 2, rules: 1})
			object = w.forget(object)
			w.restart()
			w.remove(object)
			w.wantsShape(nil)
		})
	}
}

// TestA2AfterStatusIsLostNothingIsRecordedBeforeTheClustersReport: they were restored without status, too, and a record
// without their tables would turn our own routes into somebody else's.
func TestA2AfterStatusIsLostNothingIsRecordedBeforeTheClustersReport(t *testing.T) {
	for name, resume := range map[string]bool{"deleted meanwhile": false, "reported later": true} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			cluster := w.makeCluster("eu", w.pair.Requester, nil)
			object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				object.Spec.Requester = w.side("eu", w.pair.Requester)
				object.Spec.Requester.ClusterRefs = byCluster(cluster).ClusterRefs
				object.Spec.Requester.Routes, object.Spec.Requester.SecurityGroups = v1alpha1.SideRoutes{}, v1alpha1.SideSecurityGroups{}
			}))
			w.wantsMade(made{connections: 1, routes: 2, rules: 1})
			was, network := w.shape(), cluster.Status.Network.DeepCopy()
			w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { *status = v1alpha1.PeeredClusterStatus{} })
			object = w.forget(object)
			w.restart()
			object = w.reconcile(object)
			w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonClusterNotResolved, "status was lost")
			w.wantsShape(was)
			if resume {
				w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { status.Network = network })
				w.clock.advance(w.reconciler.Sweep)
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "")
				if made := object.Status.Inventory.Requester; len(made.Routes) != 2 || len(made.SecurityGroupRules) != 1 {
					t.Errorf("recorded as made: %+v", made)
				}
			}
			w.delete(object)
			if !resume {
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, w.pair.Requester.Tables[0])
				w.wantsMade(made{connections: 1, routes: 0, rules: 0}, made{connections: 1, routes: 2, rules: 0})
				w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { status.Network = network })
			}
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.wantsShape(nil)
		})
	}
}

// TestA2WhatCanNotBeLookedForIsSaidWhenTheObjectGoes: with status and both identities lost nobody can tell whether something was made.
// With one of them the other side shows it, and the object waits (TestA8DeletedAfterStatusIsLostTheSideThatIsReachedIsCleaned).
func TestA2WhatCanNotBeLookedForIsSaidWhenTheObjectGoes(t *testing.T) {
	w := newSmallWorld(t)
	object := w.forget(w.settle(w.peering("eu-us", nil)))
	for _, name := range w.identities {
		if err := w.kube.Delete(t.Context(), &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			t.Fatal(err)
		}
	}
	w.restart()
	w.remove(object)
	if !w.events.has("LeftOver") || !w.events.has(v1alpha1.TagOwner+"="+installation+"/"+w.namespace+"/eu-us") {
		t.Errorf("no event says what to look for:\n%s", w.events.all())
	}
}

func TestA2ARecreatedObjectFindsItsOwnConnection(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	id, was := object.Status.PeeringConnectionID, w.shape()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Finalizers = nil })
	w.delete(object)
	w.restart()
	object = w.settle(w.peering("eu-us", nil))
	if object.Status.PeeringConnectionID != id {
		t.Errorf("it is %s now, was %s", object.Status.PeeringConnectionID, id)
	}
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}

func TestA4RulesAndRoutesOfOthersStayAsTheyAre(t *testing.T) {
	w := newWorld(t)
	group := w.pair.Requester.GroupIDs("pods")[0]
	_, err := w.ec2(w.pair.Requester).AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: &group, IpPermissions: []ec2types.IpPermission{{IpProtocol: awssdk.String("-1"), IpRanges: []ec2types.IpRange{{CidrIp: awssdk.String("10.12.0.0/16")}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	before := w.shape()
	object := w.settle(w.peering("eu-us", nil))
	if rules := object.Status.Inventory.Requester.SecurityGroupRules; len(rules) != 3 {
		t.Errorf("%d rules are recorded as made, want 3: %+v", len(rules), rules)
	}
	w.cloud.ClearJournal()
	w.remove(object)
	w.wantsShape(before)
}

func TestA4ARouteThatSomebodyTurnedElsewhereIsNotRemoved(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	gateway, table := w.makeGateway(w.pair.Requester), w.pair.Requester.Tables[0]
	_, err := w.ec2(w.pair.Requester).ReplaceRoute(t.Context(), &ec2.ReplaceRouteInput{RouteTableId: &table, DestinationCidrBlock: awssdk.String("10.12.0.0/16"), GatewayId: &gateway})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(w.reconciler.Sweep)
	w.wants(w.reconcile(object), v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRouteConflict, gateway)
	w.cloud.ClearJournal()
	w.remove(object)
	removed := w.cloud.Journal(awssim.Query{Action: "DeleteRoute"})
	if slices.ContainsFunc(removed, func(entry awssim.Entry) bool { return entry.Parameters["RouteTableId"] == table }) || len(removed) != 3 {
		t.Errorf("%d routes were removed, want the 3 that still lead to the connection", len(removed))
	}
	w.wantsShape(nil)
}

func (w *world) tagGroups(key, value string) {
	w.t.Helper()
	for _, network := range w.networks() {
		_, err := w.ec2(network).CreateTags(w.t.Context(), &ec2.CreateTagsInput{
			Resources: network.GroupIDs("pods"), Tags: []ec2types.Tag{{Key: &key, Value: &value}},
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestA4ARuleIsHandedOverToNobodyWhoWasNotAdmitted: whoever may write the status of an object of his own could keep a rule open
// that its owner removes.
func TestA4ARuleIsHandedOverToNobodyWhoWasNotAdmitted(t *testing.T) {
	w := newSmallWorld(t)
	first := w.settle(w.peering("eu-us", nil))
	var ids []string
	for _, side := range []v1alpha1.SideInventory{first.Status.Inventory.Requester, first.Status.Inventory.Accepter} {
		for _, rule := range side.SecurityGroupRules {
			ids = append(ids, rule.RuleID)
		}
	}
	if len(ids) == 0 {
		t.Fatal("there is no rule to hand over")
	}
	w.makeNamespace() // no identity admits it
	forger := w.peering("forger", nil)
	forger.Status = v1alpha1.VPCPeeringStatus{
		Requester: first.Status.Requester, Accepter: first.Status.Accepter,
		Inventory: &v1alpha1.Inventory{Requester: v1alpha1.SideInventory{SharedRuleIDs: ids}, Accepter: v1alpha1.SideInventory{SharedRuleIDs: ids}},
	}
	if err := w.kube.Status().Update(t.Context(), forger); err != nil {
		t.Fatal(err)
	}
	w.remove(first)
	w.wantsShape(nil)
}
