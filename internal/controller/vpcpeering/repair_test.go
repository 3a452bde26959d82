package vpcpeering

import (
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

func (w *world) networks() []*scene.Network {
	return []*scene.Network{w.pair.Requester, w.pair.Accepter}
}

func TestA5DeletedByHandTheConnectionIsRecreatedAndRoutesAreReplaced(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.clock.advance(w.reconciler.Sweep)
	w.cloud.ClearJournal()
	repaired := w.settle(object)
	if repaired.Status.PeeringConnectionID == object.Status.PeeringConnectionID {
		t.Errorf("still %s", object.Status.PeeringConnectionID)
	}
	w.wantsShape(was)
	if replaced := w.cloud.Journal(awssim.Query{Action: "ReplaceRoute"}); len(replaced) != 4 {
		t.Errorf("%d routes replaced, want 4", len(replaced))
	}
	if !w.events.has("DriftRepaired") {
		t.Errorf("no event tells of it:\n%s", w.events.all())
	}
	w.remove(repaired)
	w.wantsShape(nil)
}

func TestA5DeniedReplaceRouteIsNamed(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.clock.advance(w.reconciler.Sweep)
	allow := w.deny("ReplaceRoute")
	w.wants(w.reconcile(object), v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "Allow ec2:ReplaceRoute")
	allow()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestA5DeletedByHandAndThenTheObjectToo(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.deleteByHand(object.Status.PeeringConnectionID)
	w.remove(object)
	w.wantsShape(nil)
}

func TestA5AForeignBlackholeIsTakenOverOnlyWhereThePolicySaysSo(t *testing.T) {
	w := newSmallWorld(t)
	foreign, table := w.joinByHand(), w.pair.Requester.Tables[0]
	_, err := w.ec2(w.pair.Requester).CreateRoute(t.Context(), &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: awssdk.String("10.12.0.0/16"), VpcPeeringConnectionId: &foreign})
	if err != nil {
		t.Fatal(err)
	}
	w.deleteByHand(foreign)
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRouteConflict, table+" (requester) already routes 10.12.0.0/16 to "+foreign+" (blackhole)")
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRouteConflict, "conflictPolicy: ReplaceBlackhole")
	w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole })
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestA6ABlockThatIsAddedLaterIsRoutedAndOneThatGoesIsWithdrawn(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	added, err := w.ec2(w.pair.Accepter).AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &w.pair.Accepter.VPCID, CidrBlock: awssdk.String("10.15.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(w.reconciler.Sweep)
	object = w.settle(object)
	if got := w.made(w.pair.Requester); got != (made{connections: 1, routes: 4, rules: 2}) {
		t.Errorf("the requester has %+v after a block was added", got)
	}
	if got, want := object.Status.Accepter.CIDRBlocks, []string{"10.12.0.0/16", "10.15.0.0/16"}; !slices.Equal(got, want) {
		t.Errorf("status.accepter.cidrBlocks = %v, want %v", got, want)
	}
	_, err = w.ec2(w.pair.Accepter).DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: added.CidrBlockAssociation.AssociationId})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(w.reconciler.Sweep)
	w.settle(object)
	w.wantsShape(was)
}

func TestA6AllTablesAreRoutedButThoseOfGateways(t *testing.T) {
	w := newSmallWorld(t)
	edge, err := w.ec2(w.pair.Requester).CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: &w.pair.Requester.VPCID})
	if err != nil {
		t.Fatal(err)
	}
	w.makeEdgeTable(w.pair.Requester, *edge.RouteTable.RouteTableId)
	w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll}
	}))
	routes := strings.Join(w.routesOf(w.pair.Requester), "\n")
	for _, table := range append(w.pair.Requester.Tables, w.pair.Requester.MainTable) {
		if !strings.Contains(routes, table+" routes 10.12.0.0/16") {
			t.Errorf("%s has no route:\n%s", table, routes)
		}
	}
	if strings.Contains(routes, *edge.RouteTable.RouteTableId) {
		t.Errorf("the gateway's table was touched:\n%s", routes)
	}
}

func TestA6TrafficThatMovesFromALessSpecificRouteIsTold(t *testing.T) {
	w := newSmallWorld(t)
	w.routeByHand(w.pair.Requester, w.pair.Requester.Tables[0], "10.0.0.0/8")
	w.settle(w.peering("eu-us", nil))
	if !w.events.has("Traffic to 10.12.0.0/16 in route table " + w.pair.Requester.Tables[0] + " (requester) moves from igw-") {
		t.Errorf("no event tells of it:\n%s", w.events.all())
	}
}

func TestA6TrafficThatMovesFromAPrefixListIsToldAndOneThatMayNotBeReadBlocksNothing(t *testing.T) {
	w := newSmallWorld(t)
	table := w.pair.Requester.Tables[0]
	w.routeByList(w.pair.Requester, table, "172.16.0.0/12", "10.0.0.0/8")
	allow := w.deny("GetManagedPrefixListEntries")
	object := w.settle(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "leads to igw-")
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "in "+table+", could not be read: ec2:GetManagedPrefixListEntries")
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, v1alpha1.ReasonInPlace, "Allow ec2:GetManagedPrefixListEntries to the identity")
	w.remove(object)
	allow()
	w.clock.advance(time.Minute)
	w.remove(w.settle(w.peering("eu-us", nil)))
	if !w.events.has("Traffic to 10.12.0.0/16 in route table " + table + " (requester) moves from igw-") {
		t.Errorf("no event tells of it:\n%s", w.events.all())
	}
	w.wantsShape(nil)
}

func TestEveryOwnedThingThatIsRemovedByHandIsBackAfterOneSweep(t *testing.T) {
	const most = 20 // calls: at 100 ms each, and one after the other, they take 2 s
	w := newSmallWorld(t)
	w.nameHosts()
	object := w.settle(w.peering("eu-us", withDNS))
	was := w.shape()
	api := w.ec2(w.pair.Requester)
	for name, remove := range map[string]func() error{
		"a route": func() error {
			_, err := api.DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &w.pair.Requester.Tables[0], DestinationCidrBlock: awssdk.String("10.12.0.0/16")})
			return err
		},
		"a rule": func() error {
			rule := w.read(object).Status.Inventory.Requester.SecurityGroupRules[0]
			_, err := api.RevokeSecurityGroupIngress(t.Context(), &ec2.RevokeSecurityGroupIngressInput{GroupId: &rule.SecurityGroupID, SecurityGroupRuleIds: []string{rule.RuleID}})
			return err
		},
		"the tags of one view": func() error {
			_, err := w.ec2(w.pair.Accepter).DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{object.Status.PeeringConnectionID}})
			return err
		},
		"a DNS option": func() error {
			_, err := api.ModifyVpcPeeringConnectionOptions(t.Context(), &ec2.ModifyVpcPeeringConnectionOptionsInput{
				VpcPeeringConnectionId:            &object.Status.PeeringConnectionID,
				RequesterPeeringConnectionOptions: &ec2types.PeeringConnectionOptionsRequest{AllowDnsResolutionFromRemoteVpc: awssdk.Bool(false)},
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := remove(); err != nil {
				t.Fatal(err)
			}
			if got := w.shape(); slices.Equal(got, was) {
				t.Fatal("nothing was removed")
			}
			w.clock.toNextSweep()
			w.cloud.ClearJournal()
			w.reconcile(object)
			if calls := len(w.cloud.Journal(awssim.Query{})); calls > most {
				t.Errorf("seen and repaired with %d calls, want %d at most", calls, most)
			} else {
				t.Logf("seen and repaired with %d calls", calls)
			}
			if got := w.shape(); !slices.Equal(got, was) {
				t.Errorf("after one pass there is %v, want %v", got, was)
			}
		})
	}
}
