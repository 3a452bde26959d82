package vpcpeering

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// undo removes a route of ours, as a controller does that owns the whole table.
func (w *world) undo() {
	w.t.Helper()
	w.dropRoute(w.pair.Requester, w.pair.Accepter.Blocks[0])
	w.clock.toNextSweep()
}

func TestWhatIsUndoneAgainAndAgainIsLeftAloneAndSaid(t *testing.T) {
	for name, resume := range map[string]func(*world, *v1alpha1.VPCPeering){
		"until a person asks": func(w *world, object *v1alpha1.VPCPeering) { w.ask(object) },
		"for an hour":         func(w *world, _ *v1alpha1.VPCPeering) { w.clock.advance(time.Hour); w.clock.toNextSweep() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			was := w.shape()
			for range 3 {
				w.undo()
				w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
				w.wantsShape(was)
			}
			w.undo()
			for range 2 {
				w.cloud.ClearJournal()
				object = w.reconcile(object)
				for _, part := range []string{"route 10.12.0.0/16 in " + w.pair.Requester.Tables[0] + " (requester)", "repaired it 3 times within an hour.", "Find what else manages it", v1alpha1.AnnotationReconcile} {
					w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonFighting, part)
				}
				w.wantsStage(object, "Failed")
				if writes := w.writes(); len(writes) > 0 {
					t.Errorf("it goes on fighting: %v", writes)
				}
				w.clock.toNextSweep()
			}
			resume(w, object)
			w.settle(object)
			w.wantsShape(was)
		})
	}
}

// TestAConnectionThatIsDeletedAgainAndAgainIsLeftAloneAndSaid: each request is a request to the other account, too.
func TestAConnectionThatIsDeletedAgainAndAgainIsLeftAloneAndSaid(t *testing.T) {
	for name, early := range map[string]bool{"once it is active": false, "before it is accepted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object := w.settle(w.peering("eu-us", nil))
			allow := func() {}
			if early {
				allow = w.deny("AcceptVpcPeeringConnection")
			}
			w.cloud.ClearJournal()
			for range 12 {
				for _, connection := range w.live(w.pair.Requester) {
					if _, err := w.ec2(w.pair.Requester).DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: connection.VpcPeeringConnectionId}); err != nil {
						t.Fatal(err)
					}
				}
				w.clock.toNextSweep()
				object = w.reconcile(object)
			}
			if made := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"}); len(made) != mostRepairs {
				t.Errorf("it was requested %d times again, want %d", len(made), mostRepairs)
			}
			w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonFighting, "request a peering connection from requester "+w.pair.Requester.VPCID)
			w.wantsStage(object, "Failed")
			allow()
			w.ask(object)
			w.remove(w.settle(object))
			w.wantsShape(nil)
		})
	}
}

// TestWhatIsUndoneByOthersBlocksNothingElse: beside a route that is left alone, others are repaired, and it is not they who are named.
func TestWhatIsUndoneByOthersBlocksNothingElse(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	for range mostRepairs {
		w.undo()
		w.reconcile(object)
	}
	w.undo()
	_, err := w.ec2(w.pair.Accepter).DeleteRoute(t.Context(), &ec2.DeleteRouteInput{RouteTableId: &w.pair.Accepter.Tables[1], DestinationCidrBlock: awssdk.String("10.11.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonFighting, "route 10.12.0.0/16 in "+w.pair.Requester.Tables[0])
	if said := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionRoutesReady).Message; strings.Contains(said, w.pair.Accepter.Tables[1]) {
		t.Errorf("it blames what it repaired: %s", said)
	}
	if got := w.made(w.pair.Accepter).routes; got != 2 {
		t.Errorf("%d routes lead from the accepter, want both repaired", got)
	}
	w.remove(object)
	w.wantsShape(nil)
	if left := len(w.reconciler.repairs.done); left > 0 {
		t.Errorf("%d repairs are still remembered of an object that is gone", left)
	}
}

// TestARequestAfterALongFailureCountsAsNew: what was just asked for may not be seen everywhere yet, however long it could not be asked for.
func TestARequestAfterALongFailureCountsAsNew(t *testing.T) {
	w := newSmallWorld(t)
	allow := w.deny("CreateVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPermissionDenied, "CreateVpcPeeringConnection")
	w.clock.advance(propagation + time.Minute) // AWS takes no signature of 15 minutes ago
	allow()
	w.failAlways("AcceptVpcPeeringConnection", "InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID does not exist")
	w.clock.toNextSweep()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Waiting for the accepter's region to see connection "+object.Status.PeeringConnectionID)
	w.clock.advance(propagation + time.Minute) // AWS takes no signature of 15 minutes ago
	w.wants(w.reconcile(object), v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonAccepterCannotSee, "")
	w.cloud.RemoveFault("")
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestWhatAWSTakesForInvalidNamesTheActionAndWhatToDo(t *testing.T) {
	w := newSmallWorld(t)
	w.failAlways("CreateRoute", "InvalidParameterValue", "Route target is not supported. This route only supports interface and instance targets.")
	object := w.reconcile(w.peering("eu-us", nil))
	for _, part := range []string{"Cannot route 10.12.0.0/16 in " + w.pair.Requester.Tables[0] + " (requester)", "ec2:CreateRoute: Route target is not supported", "Take this route table out of the peering"} {
		w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonRefused, part)
	}
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonRefused, "RoutesReady")
	w.cloud.RemoveFault("")
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestA7TwoClustersOfOneVPCAreNotPeered(t *testing.T) {
	w := newSmallWorld(t)
	here := w.makeCluster("eu", w.pair.Requester, nil)
	w.identities["eu2"] = w.identities["eu"]
	there := w.makeCluster("eu2", w.pair.Requester, nil)
	object := w.peering("eu-eu", func(object *v1alpha1.VPCPeering) {
		object.Spec.Requester, object.Spec.Accepter = byCluster(here), byCluster(there)
	})
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSelfPeering, "Both sides are "+w.pair.Requester.VPCID)
	if calls := w.cloud.Journal(awssim.Query{Service: "ec2"}); len(calls) > 0 {
		t.Errorf("AWS was called: %v", calls[0].Action)
	}
	w.remove(object)
}

func TestAClusterWithoutAnySubnetGetsNoRoutesAndSaysSo(t *testing.T) {
	w := newSmallWorld(t)
	cluster := w.makeCluster("eu", w.pair.Requester, nil)
	w.reportCluster(cluster, func(status *v1alpha1.PeeredClusterStatus) { status.Network = &v1alpha1.ClusterNetwork{} })
	object := w.reconcile(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.Requester = byCluster(cluster) }))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonNothingSelected, "Name tables in spec.requester.routes.routeTableIDs.")
	w.remove(object)
	w.wantsShape(nil)
}
