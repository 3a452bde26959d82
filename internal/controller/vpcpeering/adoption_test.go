package vpcpeering

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/scene"
)

// ofTerraform makes what people have before they have us, tagged as they tag it, and returns how spec.adopt names it all.
func (w *world) ofTerraform() *v1alpha1.Adoption {
	w.t.Helper()
	adopt := &v1alpha1.Adoption{ConnectionID: w.joinByHand()}
	for _, role := range peering.Roles() {
		network := peering.Pick(role, w.pair.Requester, w.pair.Accepter)
		other := peering.Pick(role, w.pair.Accepter, w.pair.Requester)
		named := peering.Pick(role, &adopt.Requester, &adopt.Accepter)
		w.tagByHand(network, adopt.ConnectionID)
		for _, table := range network.Tables {
			w.connectionRouteByHand(network, table, other.Blocks[0], adopt.ConnectionID)
			named.Routes = append(named.Routes, v1alpha1.AdoptedRoute{RouteTableID: table, Destination: other.Blocks[0]})
		}
		named.SecurityGroupRuleIDs = []string{w.ruleByHand(network, allFrom(other.Blocks[0]))}
		w.tagByHand(network, named.SecurityGroupRuleIDs...)
	}
	w.cloud.ClearJournal()
	return adopt
}

func (w *world) tagByHand(network *scene.Network, ids ...string) {
	w.t.Helper()
	tags := []ec2types.Tag{{Key: awssdk.String("Name"), Value: awssdk.String("eu to us")}, {Key: awssdk.String("made-by"), Value: awssdk.String("terraform")}}
	if _, err := w.ec2(network).CreateTags(w.t.Context(), &ec2.CreateTagsInput{Resources: ids, Tags: tags}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) connectionRouteByHand(network *scene.Network, table, block, connection string) {
	w.t.Helper()
	_, err := w.ec2(network).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: &block, VpcPeeringConnectionId: &connection})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ruleByHand(network *scene.Network, admits []ec2types.IpPermission) string {
	w.t.Helper()
	group := network.Groups[scene.PodGroup]
	out, err := w.ec2(network).AuthorizeSecurityGroupIngress(w.t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &group, IpPermissions: admits})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.SecurityGroupRules[0].SecurityGroupRuleId
}

func adopting(adopt *v1alpha1.Adoption) func(*v1alpha1.VPCPeering) {
	return func(object *v1alpha1.VPCPeering) { object.Spec.Adopt = adopt }
}

// onlyTagged fails when anything but tags was written.
func (w *world) onlyTagged() {
	w.t.Helper()
	for _, call := range w.writes() {
		if !strings.HasPrefix(call, "CreateTags") && !strings.HasPrefix(call, "AssumeRole") {
			w.t.Errorf("more than tags was written: %v", w.writes())
			return
		}
	}
}

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

func (w *world) forgotten(object *v1alpha1.VPCPeering) *v1alpha1.VPCPeering {
	object = w.forget(object)
	w.restart()
	return object
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

func TestADeniedTagRightIsAConditionWithTheActionNamedAndNothingIsLost(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	before := w.shape()
	allow := w.deny("CreateTags")
	object := w.reconcile(w.peering("eu-us", adopting(adopt)))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "ec2:CreateTags")
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonPermissionDenied, "")
	w.wantsShape(before)
	allow()
	w.clock.toNextSweep()
	w.settle(object)
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

// TestA7AllThatCanNotBeAdoptedIsToldAtOnceBeforeTheFirstTag: each finding names what is wrong, and nothing is written.
func TestA7AllThatCanNotBeAdoptedIsToldAtOnceBeforeTheFirstTag(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	requester, group := w.pair.Requester, w.pair.Requester.Groups[scene.PodGroup]
	gateway := w.makeGateway(requester)
	narrow, elsewhere := "10.12.7.0/24", "10.99.0.0/16"
	w.connectionRouteByHand(requester, requester.Tables[0], narrow, adopt.ConnectionID)
	if _, err := w.ec2(requester).CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &requester.Tables[0], DestinationCidrBlock: &elsewhere, GatewayId: &gateway}); err != nil {
		t.Fatal(err)
	}
	other := w.ruleByHand(requester, []ec2types.IpPermission{{IpProtocol: awssdk.String("tcp"), FromPort: awssdk.Int32(22), ToPort: awssdk.Int32(22), IpRanges: []ec2types.IpRange{{CidrIp: awssdk.String("10.12.0.0/16")}}}})
	route := func(table, destination string) v1alpha1.AdoptedRoute {
		return v1alpha1.AdoptedRoute{RouteTableID: table, Destination: destination}
	}
	adopt.Requester.Routes = append(adopt.Requester.Routes, route(requester.Tables[0], narrow), route(requester.Tables[0], elsewhere), route(requester.Tables[0], "10.77.0.0/16"), route("rtb-0123456789abcdef0", "10.12.0.0/16"))
	adopt.Requester.SecurityGroupRuleIDs = append(adopt.Requester.SecurityGroupRuleIDs, other, "sgr-0123456789abcdef0")
	w.cloud.ClearJournal()
	before := w.shape()
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Adopt, object.Spec.Accepter.Routes = adopt, v1alpha1.SideRoutes{Tables: v1alpha1.SelectNone}
	}))
	for _, part := range []string{
		"spec.adopt.requester.routes[2]: The requester routes to 10.12.0.0/16 and not to 10.12.7.0/24, so crossvpc would remove the route.",
		"spec.adopt.requester.routes[3]: The route to 10.99.0.0/16 in " + requester.Tables[0] + " leads to " + gateway + ", not to " + adopt.ConnectionID,
		"spec.adopt.requester.routes[4]: " + requester.Tables[0] + " has no route to 10.77.0.0/16",
		"spec.adopt.requester.routes[5]: rtb-0123456789abcdef0 is not a route table of " + requester.VPCID,
		"securityGroupRuleIDs[1]: " + other + " in " + group + " admits tcp 22 from 10.12.0.0/16, and crossvpc would admit all traffic from 10.12.0.0/16",
		"securityGroupRuleIDs[2]: sgr-0123456789abcdef0 is not in a security group that requester.securityGroups selects",
		"spec.adopt.accepter.routes[0]: With accepter.routes.tables: None crossvpc makes no routes",
	} {
		w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdoption, part)
	}
	w.wantsShape(before)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.remove(object)
	w.wantsShape(before)
}

func TestA3OnlyTheActiveConnectionOfThePairIsAdopted(t *testing.T) {
	for name, test := range map[string]struct {
		named func(w *world) string
		want  string
	}{
		"one that does not exist":  {func(*world) string { return "pcx-0123456789abcdef0" }, "No side sees pcx-0123456789abcdef0"},
		"one that is not accepted": {func(w *world) string { return w.requestByHand(w.pair.Requester) }, "only an active connection can be adopted"},
		"one of another pair": {func(w *world) string {
			other, err := scene.AddNetwork(w.t.Context(), w.accounts, scene.NetworkSpec{
				Account: scene.AccepterAccount, Region: scene.AccepterRegion, Name: "other", Blocks: []string{"10.99.0.0/16"}, Zones: 1, Tables: 1, Groups: []string{scene.PodGroup},
			})
			if err != nil {
				w.t.Fatal(err)
			}
			ours := w.pair.Accepter
			w.pair.Accepter = other
			defer func() { w.pair.Accepter = ours }()
			return w.joinByHand()
		}, "Name the connection of this pair."},
		"one of another installation": {func(w *world) string {
			id := w.joinByHand()
			tags := []ec2types.Tag{{Key: awssdk.String(v1alpha1.TagOwner), Value: awssdk.String("elsewhere/network/eu-us")}}
			if _, err := w.ec2(w.pair.Accepter).CreateTags(w.t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: tags}); err != nil {
				w.t.Fatal(err)
			}
			return id
		}, "belongs to another VPCPeering (owner tag: that of another namespace or installation)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			id := test.named(w)
			before := w.shape()
			w.cloud.ClearJournal()
			object := w.reconcile(w.peering("eu-us", adopting(&v1alpha1.Adoption{ConnectionID: id})))
			w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonAdoption, test.want)
			w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonAdoption, "")
			w.remove(object)
			w.wantsShape(before)
			if writes := w.writes(); len(writes) > 0 {
				t.Errorf("written: %v", writes)
			}
		})
	}
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

func TestAnAdoptionWaitsForTheTagsToBeSeen(t *testing.T) {
	w := newSmallWorld(t)
	adopt := w.ofTerraform()
	w.tagsLag("vpc-peering-connection", 3*time.Second)
	object := w.reconcile(w.peering("eu-us", adopting(adopt)))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Adopting what spec.adopt names.")
	w.settle(object)
	w.onlyTagged()
}

func TestA9KilledAnywhereInAnAdoptionItConverges(t *testing.T) {
	for moment, after := range moments {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			adopt := w.ofTerraform()
			before := w.shape()
			object := w.settle(w.peering("eu-us", adopting(adopt)))
			undisturbed := w.shape()
			w.orphan(object)
			n := 1
			for ; !t.Failed(); n++ {
				object := w.peering("eu-us", adopting(adopt))
				killed := w.killedAt(object, n, after)
				object = w.settle(object)
				w.wantsShape(undisturbed)
				w.onlyTagged()
				w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
				w.delete(object)
				w.killedAt(object, n, after)
				w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
				w.wantsShape(before)
				w.cloud.ClearJournal()
				if !killed {
					break
				}
			}
			t.Logf("killed at each of %d acts, on the way in and on the way back", n-1)
		})
	}
}

// orphan lets the object go with everything left as it is.
func (w *world) orphan(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.DeletionPolicy = v1alpha1.DeletionOrphan })
	w.remove(object)
	w.cloud.ClearJournal()
}

func TestA9KilledAnywhereInAnAdoptionAndDeletedItIsAllGoneOrAllTheirs(t *testing.T) {
	w := newSmallWorld(t)
	for n := 1; !t.Failed(); n++ {
		adopt := w.ofTerraform()
		object := w.peering("eu-us", adopting(adopt))
		killed := w.killedAt(object, n, true)
		w.delete(object)
		w.until(object, func(now *v1alpha1.VPCPeering) bool {
			if now != nil { // what was not adopted before the kill is theirs, and holds the connection once that is ours
				w.removeByHand(adopt)
			}
			return now == nil
		})
		for _, line := range w.shape() {
			if strings.Contains(line, v1alpha1.TagOwner) {
				t.Errorf("killed at act %d, left behind as ours: %s", n, line)
			}
		}
		w.removeByHand(adopt)
		if !killed {
			break
		}
	}
}

// removeByHand removes what is left of what Terraform made.
func (w *world) removeByHand(adopt *v1alpha1.Adoption) {
	w.t.Helper()
	ctx := w.t.Context()
	for _, role := range peering.Roles() {
		network, named := peering.Pick(role, w.pair.Requester, w.pair.Accepter), peering.Pick(role, adopt.Requester, adopt.Accepter)
		for _, route := range named.Routes {
			_, _ = w.ec2(network).DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &route.RouteTableID, DestinationCidrBlock: &route.Destination})
		}
		group := network.Groups[scene.PodGroup]
		_, _ = w.ec2(network).RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: named.SecurityGroupRuleIDs})
	}
	_, _ = w.ec2(w.pair.Requester).DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &adopt.ConnectionID})
}
