package vpcpeering

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// lostSide is a way in which a side stops to be reachable, wholly or in part, and the condition that says so.
type lostSide struct {
	lose      func(*world, peering.Role)
	condition string
	part      string
}

// lostSides are such ways, which meet either side.
var lostSides = map[string]lostSide{
	"its AWSIdentity is gone": {func(w *world, of peering.Role) {
		if err := w.kube.Delete(w.t.Context(), &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: w.identityOf(of)}}); err != nil {
			w.t.Fatal(err)
		}
	}, v1alpha1.ConditionIdentitiesReady, "does not exist"},
	"its AWSIdentity is not Ready": {func(w *world, of peering.Role) { w.unready(of, metav1.ConditionFalse) }, v1alpha1.ConditionIdentitiesReady, "is not Ready"},
	"its role is gone": {func(w *world, of peering.Role) {
		w.cloud.RemoveRole(roleOf(w.networkOf(of).Account))
		w.restart()
	}, v1alpha1.ConditionPreflightPassed, "sts:AssumeRole"},
	"DescribeVpcs is denied":                  {denied("DescribeVpcs"), v1alpha1.ConditionPreflightPassed, "ec2:DescribeVpcs"},
	"DescribeVpcPeeringConnections is denied": {denied("DescribeVpcPeeringConnections"), v1alpha1.ConditionPreflightPassed, "ec2:DescribeVpcPeeringConnections"},
	"DescribeRouteTables is denied":           {denied("DescribeRouteTables"), v1alpha1.ConditionPreflightPassed, "ec2:DescribeRouteTables"},
	"DescribeSecurityGroups is denied":        {denied("DescribeSecurityGroups"), v1alpha1.ConditionPreflightPassed, "ec2:DescribeSecurityGroups"},
	"DescribeSecurityGroupRules is denied":    {denied("DescribeSecurityGroupRules"), v1alpha1.ConditionPreflightPassed, "ec2:DescribeSecurityGroupRules"},
	"everything is denied":                    {denied("*"), v1alpha1.ConditionPreflightPassed, "DescribeRouteTables"},
	"its region is out of order": {func(w *world, of peering.Role) {
		w.restartWith(w.kube, w.plainHTTP())
		network := w.networkOf(of)
		if _, err := w.cloud.Inject(awssim.Fault{Service: "ec2", Principal: roleOf(network.Account), Region: network.Region, Count: -1, Effect: awssim.ErrorAnswer, Code: "InternalError"}); err != nil {
			w.t.Fatal(err)
		}
	}, v1alpha1.ConditionPreflightPassed, "InternalError"},
}

// ofEitherSide runs a test for each way in which either side can be lost.
func ofEitherSide(t *testing.T, run func(t *testing.T, name string, lost lostSide, of peering.Role)) {
	for name, lost := range lostSides {
		for _, of := range peering.Roles() {
			t.Run(string(of)+": "+name, func(t *testing.T) {
				t.Parallel()
				run(t, name, lost, of)
			})
		}
	}
}

func (w *world) networkOf(role peering.Role) *scene.Network {
	return peering.Pick(role, w.pair.Requester, w.pair.Accepter)
}

// identityOf is the name of the AWSIdentity of a side.
func (w *world) identityOf(role peering.Role) string {
	return w.identities[peering.Pick(role, "eu", "us")]
}

// unready gives the Ready of a side's AWSIdentity another status.
func (w *world) unready(of peering.Role, status metav1.ConditionStatus) {
	w.t.Helper()
	identity := &v1alpha1.AWSIdentity{}
	if err := w.kube.Get(w.t.Context(), client.ObjectKey{Name: w.identityOf(of)}, identity); err != nil {
		w.t.Fatal(err)
	}
	meta.SetStatusCondition(&identity.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: status, Reason: v1alpha1.ReasonPermissionDenied, ObservedGeneration: identity.Generation,
	})
	if err := w.kube.Status().Update(w.t.Context(), identity); err != nil {
		w.t.Fatal(err)
	}
}

func denied(action string) func(*world, peering.Role) {
	return func(w *world, of peering.Role) { w.cloud.Deny(roleOf(w.networkOf(of).Account), "ec2:"+action) }
}

// TestWhatWorksOnOneSideDoesNotWaitForTheOther: a lost route and a lost rule of the side that answers are back after one sweep.
func TestWhatWorksOnOneSideDoesNotWaitForTheOther(t *testing.T) {
	ofEitherSide(t, func(t *testing.T, _ string, lost lostSide, of peering.Role) {
		w := newSmallWorld(t)
		object := w.settle(w.peering("eu-us", nil))
		was := w.shape()
		lost.lose(w, of)
		w.dropRouteAndRule(object, of.Other())
		w.clock.toNextSweep()
		object = w.reconcile(object)
		w.wants(object, lost.condition, metav1.ConditionFalse, reasonOf(object, lost.condition), lost.part)
		w.wantsShape(was)
		for _, step := range []string{v1alpha1.ConditionSecurityGroupsReady, v1alpha1.ConditionRoutesReady} {
			if found := meta.FindStatusCondition(object.Status.Conditions, step); found.Status == metav1.ConditionFalse {
				t.Errorf("%s = %s", step, describe(found))
			}
		}
		if made := inventoryOf(object, of); len(made.Routes) == 0 || len(made.SecurityGroupRules) == 0 {
			t.Error("the record of the side that does not answer is lost")
		}
	})
}

// TestWhatWorksOnOneSideDoesNotWaitForTheOtherThatIsLostInTheFirstMinute: no read has shown yet what was made, and it was never
// kept up then.
func TestWhatWorksOnOneSideDoesNotWaitForTheOtherThatIsLostInTheFirstMinute(t *testing.T) {
	ofEitherSide(t, func(t *testing.T, _ string, lost lostSide, of peering.Role) {
		w := newSmallWorld(t)
		w.clock.toNextSweep()
		object := w.settle(w.peering("eu-us", nil))
		was := w.shape()
		lost.lose(w, of)
		for range 3 {
			object = w.reconcile(object)
			w.clock.advance(time.Second)
		}
		w.clock.toNextSweep()
		object = w.reconcile(object) // what was made is seen
		w.dropRouteAndRule(object, of.Other())
		w.clock.toNextSweep()
		w.reconcile(object)
		w.wantsShape(was)
	})
}

// inventoryOf is what status says was made on a side.
func inventoryOf(object *v1alpha1.VPCPeering, role peering.Role) v1alpha1.SideInventory {
	if object.Status.Inventory == nil {
		return v1alpha1.SideInventory{}
	}
	return peering.Pick(role, object.Status.Inventory.Requester, object.Status.Inventory.Accepter)
}

func reasonOf(object *v1alpha1.VPCPeering, condition string) string {
	return meta.FindStatusCondition(object.Status.Conditions, condition).Reason
}

// dropRouteAndRule removes a route and a rule of a side behind the operator's back.
func (w *world) dropRouteAndRule(object *v1alpha1.VPCPeering, of peering.Role) {
	w.t.Helper()
	network, peer := w.networkOf(of), w.networkOf(of.Other())
	api, rule := w.ec2(network), inventoryOf(object, of).SecurityGroupRules[0]
	if _, err := api.DeleteRoute(w.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &network.Tables[0], DestinationCidrBlock: &peer.Blocks[0]}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := api.RevokeSecurityGroupIngress(w.t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &rule.SecurityGroupID, SecurityGroupRuleIds: []string{rule.RuleID}}); err != nil {
		w.t.Fatal(err)
	}
}

func TestBeforeTheFirstWriteOneSideBlocksEverything(t *testing.T) {
	ofEitherSide(t, func(t *testing.T, _ string, lost lostSide, of peering.Role) {
		w := newSmallWorld(t)
		lost.lose(w, of)
		w.cloud.ClearJournal()
		w.reconcile(w.peering("eu-us", nil))
		if writes := w.writes(); len(writes) > 0 {
			t.Errorf("written: %v", writes)
		}
	})
}

func TestAStaleGroupOrTableOfOneSideStopsNothingElse(t *testing.T) {
	const noGroup, noTable = "sg-0123456789abcdef0", "rtb-0123456789abcdef0"
	for name, edit := range map[string]func(*v1alpha1.VPCPeeringSide){
		"a group": func(side *v1alpha1.VPCPeeringSide) {
			side.SecurityGroups.SecurityGroupIDs = append(side.SecurityGroups.SecurityGroupIDs, noGroup)
		},
		"a group in place of the one there was": func(side *v1alpha1.VPCPeeringSide) { side.SecurityGroups.SecurityGroupIDs = []string{noGroup} },
		"a table": func(side *v1alpha1.VPCPeeringSide) {
			side.Routes.RouteTableIDs = append(side.Routes.RouteTableIDs, noTable)
		},
		"a table in place of those there were": func(side *v1alpha1.VPCPeeringSide) { side.Routes.RouteTableIDs = []string{noTable} },
		"a tag that no group carries": func(side *v1alpha1.VPCPeeringSide) {
			side.SecurityGroups.SecurityGroupTags = map[string]v1alpha1.TagValue{"team": "nobody"}
		},
	} {
		for _, of := range peering.Roles() {
			t.Run(name+" of the "+string(of), func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object := w.settle(w.peering("eu-us", nil))
				was := w.shape()
				w.edit(object, func(now *v1alpha1.VPCPeering) { edit(peering.Pick(of, &now.Spec.Requester, &now.Spec.Accepter)) })
				w.dropRouteAndRule(object, of.Other())
				w.clock.toNextSweep()
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSelection, string(of)+".")
				w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonSelection, string(of)+".")
				w.wantsShape(was)
			})
		}
	}
}

func TestARouteThatWasThereIsRepairedWhileAGroupIsRefusedAndANewOneWaits(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.Routes.RouteTableIDs = w.pair.Requester.Tables[:1]
	}))
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Spec.Requester.Routes.RouteTableIDs = w.pair.Requester.Tables
		now.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: new(int32(443)), ToPort: new(int32(443))}}
	})
	denied("AuthorizeSecurityGroupIngress")(w, peering.Accepter)
	w.dropRouteAndRule(object, peering.Requester)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionSecurityGroupsReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "AuthorizeSecurityGroupIngress")
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "New routes wait until the security groups of both sides are open: 10.12.0.0/16 in "+w.pair.Requester.Tables[1])
	routes := strings.Join(w.routesOf(w.pair.Requester), "\n")
	if !strings.Contains(routes, w.pair.Requester.Tables[0]) || strings.Contains(routes, w.pair.Requester.Tables[1]) {
		t.Errorf("the requester has:\n%s", routes)
	}
	w.cloud.ClearPolicy(roleOf(scene.AccepterAccount))
	w.clock.toNextSweep()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// TestA8DeletedWhileOneSideIsAwayTheOtherIsCleaned: what is reached goes, the connection from whichever side may, and the rest is named.
func TestA8DeletedWhileOneSideIsAwayTheOtherIsCleaned(t *testing.T) {
	ofEitherSide(t, func(t *testing.T, name string, lost lostSide, of peering.Role) {
		if strings.Contains(name, "not Ready") || strings.Contains(name, "out of order") {
			return // a deletion does not ask for Ready; what passes is waited for
		}
		for _, forced := range []bool{false, true} {
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
				if forced {
					object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
				}
			}))
			lost.lose(w, of)
			w.delete(object)
			now := w.reconcile(object)
			for range 3 {
				if now != nil {
					w.clock.toNextSweep()
					now = w.reconcile(object)
				}
			}
			if got := w.made(w.networkOf(of.Other())); got != (made{}) {
				t.Errorf("forced: %t: the %s still has %+v:\n%s", forced, of.Other(), got, strings.Join(w.shape(), "\n"))
			}
			// Of those whose groups are named by id, neither the VPC nor the groups are needed.
			if (now == nil) != (forced || name == "DescribeVpcs is denied" || name == "DescribeSecurityGroups is denied" || name == "DescribeVpcPeeringConnections is denied") {
				t.Errorf("forced: %t, and the object is %v", forced, now)
			}
			w.namesWhatIsLeft(now, of)
			if now == nil && !forced {
				w.wantsShape(nil)
			}
		}
	})
}

// namesWhatIsLeft: each route and rule of a side that is there is in the condition, or in an event.
func (w *world) namesWhatIsLeft(object *v1alpha1.VPCPeering, of peering.Role) {
	w.t.Helper()
	network := w.networkOf(of)
	said := w.events.all()
	if object != nil {
		said = describe(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionReady))
		if !strings.Contains(said, v1alpha1.AnnotationForceFinalize) {
			w.t.Errorf("it does not say how to give it up: %s", said)
		}
	}
	for _, table := range network.Tables {
		has := slices.ContainsFunc(w.routesOf(network), func(line string) bool { return strings.Contains(line, table) })
		if has && !strings.Contains(said, table) {
			w.t.Errorf("the route in %s is left and not named: %s", table, said)
		}
	}
	for _, group := range network.Groups {
		has := slices.ContainsFunc(w.rulesOf(network), func(line string) bool { return strings.Contains(line, group) })
		if has && !strings.Contains(said, group) {
			w.t.Errorf("the rule in %s is left and not named: %s", group, said)
		}
	}
}

func TestA8OnceTheOtherSideIsBackTheRestIsRemovedToo(t *testing.T) {
	for _, of := range peering.Roles() {
		t.Run(string(of), func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			denied("*")(w, of)
			w.delete(object)
			w.reconcile(object)
			w.cloud.ClearPolicy(roleOf(w.networkOf(of).Account))
			w.clock.toNextSweep()
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.wantsShape(nil)
			if w.events.has("LeftOver") {
				t.Errorf("something was left behind:\n%s", w.events.all())
			}
		})
	}
}

func TestA8AConnectionThatItsRequesterMayNotDeleteIsDeletedByTheAccepter(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.cloud.Deny(roleOf(scene.RequesterAccount), "ec2:DeleteVpcPeeringConnection")
	w.remove(object)
	w.wantsShape(nil)
	if w.events.has("LeftOver") {
		t.Errorf("something was left behind:\n%s", w.events.all())
	}
}

func TestA8WhatIsDeniedOnOneSideStopsNoRemovalOnTheOther(t *testing.T) {
	for _, action := range neededToRemove {
		for _, of := range peering.Roles() {
			t.Run(action+" of the "+string(of), func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object := w.settle(w.peering("eu-us", nil))
				denied(action)(w, of)
				w.delete(object)
				w.reconcile(object)
				left := w.made(w.networkOf(of.Other()))
				if left.routes+left.rules > 0 {
					t.Errorf("the %s still has %+v", of.Other(), left)
				}
				if routesHold := action == "DeleteRoute"; (left.connections > 0) != routesHold {
					t.Errorf("%d connections are left; a route of ours that is seen holds it: %t", left.connections, routesHold)
				}
				w.cloud.ClearPolicy(roleOf(w.networkOf(of).Account))
				w.clock.toNextSweep()
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				w.wantsShape(nil)
			})
		}
	}
}
