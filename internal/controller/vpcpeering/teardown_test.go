package vpcpeering

import (
	"context"
	"errors"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// order lists the kinds of writes in the journal, each once, as they first came.
func (w *world) order() []string {
	var kinds []string
	seen := map[string]bool{}
	for _, call := range w.writes() {
		kind, _, _ := strings.Cut(call, " ")
		if !seen[kind] {
			kinds = append(kinds, kind)
		}
		seen[kind] = true
	}
	return kinds
}

// notAfter fails when any call of the later kind ended before the last one of the earlier kind.
func (w *world) notAfter(earlier, later string) {
	w.t.Helper()
	first, last := w.cloud.Journal(awssim.Query{Action: later}), w.cloud.Journal(awssim.Query{Action: earlier})
	if len(first) == 0 || len(last) == 0 || first[0].Sequence < last[len(last)-1].Sequence {
		w.t.Errorf("%s was called before the last %s: %v", later, earlier, w.order())
	}
}

func TestA8RulesComeBeforeRoutesOnTheWayUpAndAfterThemOnTheWayDown(t *testing.T) {
	w := newWorld(t)
	w.nameHosts()
	w.cloud.ClearJournal()
	object := w.settle(w.peering("eu-us", withDNS))
	w.notAfter("CreateVpcPeeringConnection", "AcceptVpcPeeringConnection")
	w.notAfter("AcceptVpcPeeringConnection", "AuthorizeSecurityGroupIngress")
	w.notAfter("AuthorizeSecurityGroupIngress", "CreateRoute")
	w.notAfter("CreateRoute", "ModifyVpcPeeringConnectionOptions")
	t.Logf("up: %v", w.order())
	w.cloud.ClearJournal()
	w.remove(object)
	w.notAfter("DeleteRoute", "RevokeSecurityGroupIngress")
	w.notAfter("RevokeSecurityGroupIngress", "DeleteVpcPeeringConnection")
	t.Logf("down: %v", w.order())
	w.wantsShape(nil)
}

// foreignRoute routes a block of its own to our connection, in the main table.
func (w *world) foreignRoute(id string) {
	w.t.Helper()
	_, err := w.ec2(w.pair.Requester).CreateRoute(w.t.Context(), &ec2.CreateRouteInput{
		RouteTableId: &w.pair.Requester.MainTable, DestinationCidrBlock: awssdk.String("10.12.128.0/17"), VpcPeeringConnectionId: &id,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestA8AForeignRouteHoldsTheDeletionUntilItIsGone(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.foreignRoute(object.Status.PeeringConnectionID)
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, "10.12.128.0/17 in "+w.pair.Requester.MainTable+" (requester)")
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonForeignRoutes, v1alpha1.AnnotationForceFinalize)
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonForeignRoutes, object.Status.PeeringConnectionID)
	w.wantsMade(made{connections: 1, routes: 0, rules: 0}, made{connections: 1, routes: 1, rules: 0})
	_, err := w.ec2(w.pair.Requester).DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &w.pair.Requester.MainTable, DestinationCidrBlock: awssdk.String("10.12.128.0/17")})
	if err != nil {
		t.Fatal(err)
	}
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

func TestA8TheAnnotationOverrulesAForeignRoute(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	w.foreignRoute(object.Status.PeeringConnectionID)
	w.delete(object)
	w.reconcile(object)
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	})
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape([]string{"eu: " + w.pair.Requester.MainTable + " routes 10.12.128.0/17, blackhole"})
}

func TestA8DeletedWhileTheIdentityIsGoneItSaysSoAndForcedItLetsGo(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	identity := &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: w.identities["us"]}}
	if err := w.kube.Delete(t.Context(), identity); err != nil {
		t.Fatal(err)
	}
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, object.Status.PeeringConnectionID)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked, "AWSIdentity "+w.identities["us"]+" is gone.")
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	})
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	if !w.events.has("LeftOver") || !w.events.has(object.Status.PeeringConnectionID) {
		t.Errorf("no event names what is left:\n%s", w.events.all())
	}
}

// TestA8AnIdentityThatCameBackInAnotherAccountRemovesNothingAndSaysSo: nothing is seen through it, which is not the same as removed.
func TestA8AnIdentityThatCameBackInAnotherAccountRemovesNothingAndSaysSo(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	before := w.shape()
	w.remakeIdentity("us", scene.RequesterAccount)
	w.delete(object)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonCleanupBlocked,
		"now belongs to account "+scene.RequesterAccount+", but the resources to remove are in account "+scene.AccepterAccount)
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonCleanupBlocked, object.Status.PeeringConnectionID)
	w.wantsShape(before)
	w.remakeIdentity("us", scene.AccepterAccount)
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

func (w *world) remakeIdentity(side, account string) {
	w.t.Helper()
	if err := w.kube.Delete(w.t.Context(), &v1alpha1.AWSIdentity{ObjectMeta: metav1.ObjectMeta{Name: w.identities[side]}}); err != nil {
		w.t.Fatal(err)
	}
	w.makeIdentity(side, account)
}

// withoutIdentities is an API server that does not tell of AWSIdentities just now.
type withoutIdentities struct{ client.Client }

func (c withoutIdentities) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if _, is := object.(*v1alpha1.AWSIdentity); is {
		return errors.New("etcdserver: request timed out")
	}
	return c.Client.Get(ctx, key, object, options...)
}

// TestA8AnIdentityThatCanNotBeReadIsNotGone: with the annotation, what a gone one had made would be left behind.
func TestA8AnIdentityThatCanNotBeReadIsNotGone(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) {
		object.Annotations = map[string]string{v1alpha1.AnnotationForceFinalize: "true"}
	}))
	w.delete(object)
	w.restartWith(withoutIdentities{w.kube}, nil)
	if _, err := w.tryReconcile(t.Context(), object); err == nil || !strings.Contains(err.Error(), "reading AWSIdentity") {
		t.Errorf("got %v, want the failed read", err)
	}
	if w.events.has("LeftOver") {
		t.Errorf("something was left behind:\n%s", w.events.all())
	}
	w.restart()
	w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
	w.wantsShape(nil)
}

func TestA11AFailedReadShrinksNothing(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	was := w.shape()
	for _, action := range []string{"DescribeVpcs", "DescribeVpcPeeringConnections", "DescribeRouteTables", "DescribeSecurityGroups", "DescribeSecurityGroupRules"} {
		allow := w.deny(action)
		w.clock.toNextSweep()
		w.cloud.ClearJournal()
		w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, action)
		if writes := w.writes(); len(writes) > 0 {
			t.Errorf("without %s it wrote %v", action, writes)
		}
		allow()
	}
	w.wantsShape(was)
	w.settle(object)
}

// TestA6ASubnetThatWasDeletedDoesNotLeadToTheMainTable: clusters keep naming it for a while, and it has no table of its own any more.
func TestA6ASubnetThatWasDeletedDoesNotLeadToTheMainTable(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(cluster) }))
	was := w.shape()
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) {
		status.Network.SubnetIDs = append(status.Network.SubnetIDs, "subnet-0123456789abcdef0")
	})
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	w.reconcile(object)
	w.wantsShape(was)
	if reads := w.cloud.Journal(awssim.Query{Action: "DescribeSubnets"}); len(reads) != 1 {
		t.Errorf("%d reads of the subnets, want 1", len(reads))
	}
	allow := w.deny("DescribeSubnets")
	w.clock.toNextSweep()
	w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "DescribeSubnets")
	w.wantsShape(was)
	allow()
}

func TestA11AClusterThatIsUnreachableOrAtZeroWithdrawsNothing(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(cluster) }))
	was := w.shape()
	w.wantsMade(made{connections: 1, routes: 2, rules: 1})
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { status.Network = nil })
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonClusterNotResolved, "Waiting for the requester's PeeredClusters")
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.wantsShape(was)
	w.remove(object)
	w.wantsShape(nil)
}
