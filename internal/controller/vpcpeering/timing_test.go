package vpcpeering

import (
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/chaos"
	"github.com/crossvpc/crossvpc/test/scene"
)

// realistic is AWS's timing without its latency: time passes as the reconciliations ask for.
func realistic() awssim.Timing {
	timing := awssim.Realistic()
	timing.Latency = 0
	return timing
}

func TestAtRealisticLagItConvergesAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.nameHosts()
	object := w.settle(w.peering("eu-us", withDNS))
	undisturbed := w.shape()
	w.remove(object)
	w.cloud.SetTiming(realistic())
	w.clock.advance(time.Minute)
	object = w.settle(w.peering("eu-us", withDNS))
	w.clock.advance(time.Minute)
	w.wantsShape(undisturbed)
	w.remove(object)
	w.clock.advance(time.Minute)
	w.wantsShape(nil)
}

func TestA9DeletedWhileAWSDoesNotShowYetWhatWasMadeItLeavesNothing(t *testing.T) {
	w := newSmallWorld(t)
	w.nameHosts()
	w.cloud.SetTiming(realistic())
	for passes := range 6 {
		object := w.peering("eu-us", withDNS)
		for range passes {
			result, _ := w.tryReconcile(t.Context(), object)
			w.clock.advance(min(result.RequeueAfter, 700*time.Millisecond))
		}
		w.remove(object)
		w.clock.advance(time.Minute)
		w.wantsShape(nil)
	}
}

func TestA9KilledAtRealisticLagAndDeletedItLeavesNothing(t *testing.T) {
	w := newSmallWorld(t)
	w.cloud.SetTiming(realistic())
	for n := 10; n < 40 && !t.Failed(); n++ {
		object := w.peering("eu-us", nil)
		killed := w.killedAt(object, n, true)
		w.clock.advance(300 * time.Millisecond) // a process is not back at once
		w.remove(object)
		w.clock.advance(time.Minute)
		if w.wantsShape(nil); !killed {
			break
		}
	}
}

func TestA9KilledAtRealisticLagItConverges(t *testing.T) {
	w := newSmallWorld(t)
	w.cloud.SetTiming(realistic())
	object := w.settle(w.peering("eu-us", nil))
	w.clock.advance(time.Minute)
	undisturbed := w.shape()
	w.remove(object)
	for n := 10; n < 40 && !t.Failed(); n++ {
		w.clock.advance(time.Minute)
		object := w.peering("eu-us", nil)
		killed := w.killedAt(object, n, true)
		object = w.settle(object)
		w.clock.advance(time.Minute)
		w.wantsShape(undisturbed)
		w.remove(object)
		if !killed {
			break
		}
	}
}

func TestAnAccepterThatNeverSeesTheRequestIsToldAfterFiveMinutes(t *testing.T) {
	w := newSmallWorld(t)
	fault := awssim.Fault{Service: "ec2", Action: "AcceptVpcPeeringConnection", Count: -1, Effect: awssim.ErrorAnswer,
		Code: "InvalidVpcPeeringConnectionID.NotFound", Message: "The vpcPeeringConnection ID does not exist", Status: 400}
	if _, err := w.cloud.Inject(fault); err != nil {
		t.Fatal(err)
	}
	object := w.reconcile(w.peering("eu-us", nil))
	id := object.Status.PeeringConnectionID
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Waiting for the accepter's region to see connection "+id)
	w.wants(object, v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonProgressing, id)
	w.clock.advance(6 * time.Minute)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonAccepterCannotSee, "Account "+scene.AccepterAccount+" does not see connection "+id+" in "+scene.AccepterRegion)
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonAccepterCannotSee, w.pair.Accepter.VPCID)
	w.cloud.RemoveFault("")
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// requested is an object whose request is pending since Accept is denied.
func (w *world) requested() (object *v1alpha1.VPCPeering, allow func()) {
	w.t.Helper()
	allow = w.deny("AcceptVpcPeeringConnection")
	return w.reconcile(w.peering("eu-us", nil)), allow
}

func TestAnExpiredRequestIsMadeAgain(t *testing.T) {
	w := newSmallWorld(t)
	object, allow := w.requested()
	w.clock.advance(8 * 24 * time.Hour)
	allow()
	w.restart() // credentials are from before
	again := w.settle(object)
	if again.Status.PeeringConnectionID == object.Status.PeeringConnectionID {
		t.Errorf("still %s", object.Status.PeeringConnectionID)
	}
	w.remove(again)
	w.wantsShape(nil)
}

func TestARejectedRequestIsMadeAgainOnlyWhenAPersonAsks(t *testing.T) {
	w := newSmallWorld(t)
	object, allow := w.requested()
	id := object.Status.PeeringConnectionID
	if _, err := w.ec2(w.pair.Accepter).RejectVpcPeeringConnection(t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}); err != nil {
		t.Fatal(err)
	}
	allow()
	for range 3 {
		w.clock.toNextSweep()
		w.cloud.ClearJournal()
		object = w.reconcile(object)
		w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, "Connection "+id+" was rejected in account "+scene.AccepterAccount)
		w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonPeeringRejected, v1alpha1.AnnotationReconcile)
		if writes := w.writes(); len(writes) > 0 {
			t.Errorf("written: %v", writes)
		}
	}
	w.ask(object)
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// TestARejectedRequestIsNotAskedForAgainByTheClock: AWS forgets it after hours to days; who said no said no.
func TestARejectedRequestIsNotAskedForAgainByTheClock(t *testing.T) {
	for name, again := range map[string]func(*world, *v1alpha1.VPCPeering){
		"until the annotation changes": func(w *world, object *v1alpha1.VPCPeering) { w.ask(object) },
		"until the spec changes": func(w *world, object *v1alpha1.VPCPeering) {
			w.edit(object, func(now *v1alpha1.VPCPeering) { now.Spec.Tags = map[string]v1alpha1.TagValue{"team": "network"} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSmallWorld(t)
			object, allow := w.requested()
			id := object.Status.PeeringConnectionID
			if _, err := w.ec2(w.pair.Accepter).RejectVpcPeeringConnection(t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}); err != nil {
				t.Fatal(err)
			}
			allow()
			w.clock.toNextSweep()
			w.reconcile(object)
			for _, wait := range []time.Duration{3 * time.Hour, 50 * time.Hour, 100 * time.Hour} {
				w.clock.advance(wait)
				w.restart() // credentials are from before
				w.cloud.ClearJournal()
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, id+" was rejected in account "+scene.AccepterAccount)
				if writes := w.writes(); len(writes) > 0 {
					t.Errorf("written after %s: %v", wait, writes)
				}
			}
			again(w, object)
			object = w.settle(object)
			if object.Status.Refused != nil {
				t.Errorf("status still has %+v", object.Status.Refused)
			}
			w.remove(object)
			w.wantsShape(nil)
		})
	}
}

// ask changes the annotation that asks for a reconciliation at once.
func (w *world) ask(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	w.edit(object, func(now *v1alpha1.VPCPeering) {
		now.Annotations = map[string]string{v1alpha1.AnnotationReconcile: w.clock.Now().String()}
	})
}

// TestAnAnnotationOfAnyLengthIsTakenAsARequest: status takes 256 characters of it.
func TestAnAnnotationOfAnyLengthIsTakenAsARequest(t *testing.T) {
	w := newSmallWorld(t)
	object := w.settle(w.peering("eu-us", nil))
	for _, value := range []string{strings.Repeat("a", 256), strings.Repeat("a", 257), strings.Repeat("a", 256) + "b"} {
		w.edit(object, func(now *v1alpha1.VPCPeering) {
			now.Annotations = map[string]string{v1alpha1.AnnotationReconcile: value}
		})
		was := object.Status.LastHandledReconcileAt
		if object = w.reconcile(object); object.Status.LastHandledReconcileAt == was || object.Status.LastHandledReconcileAt == "" {
			t.Errorf("a request of %d characters was not taken: %q", len(value), object.Status.LastHandledReconcileAt)
		}
	}
}

func TestAFailedRequestIsMadeAgainOnlyWhenAPersonAsks(t *testing.T) {
	w := newSmallWorld(t)
	w.clock.toNextSweep()
	allow := w.deny("CreateVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", nil))
	// The overlap comes after the look at the blocks: AWS takes the request and then fails it.
	overlapping, err := w.ec2(w.pair.Accepter).AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &w.pair.Accepter.VPCID, CidrBlock: awssdk.String("10.11.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	allow()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringFailed, object.Status.PeeringConnectionID)
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonPeeringFailed, "overlapping")
	_, err = w.ec2(w.pair.Accepter).DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: overlapping.CidrBlockAssociation.AssociationId})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringFailed, v1alpha1.AnnotationReconcile)
	if writes := w.writes(); len(writes) > 0 {
		t.Errorf("written: %v", writes)
	}
	w.ask(object)
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestAFailedRequestIsMadeAgainOnceTheBlocksChanged(t *testing.T) {
	w := newSmallWorld(t)
	w.clock.toNextSweep()
	allow := w.deny("CreateVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", nil))
	api := w.ec2(w.pair.Accepter)
	overlapping, err := api.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &w.pair.Accepter.VPCID, CidrBlock: awssdk.String("10.11.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	allow()
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringFailed, object.Status.PeeringConnectionID)
	w.clock.toNextSweep()
	w.wants(w.reconcile(object), v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonOverlappingCIDRs, "10.11.0.0/16")
	if _, err := api.DisassociateVpcCidrBlock(t.Context(), &ec2.DisassociateVpcCidrBlockInput{AssociationId: overlapping.CidrBlockAssociation.AssociationId}); err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

func TestA9ARequestThatNobodySeesYetIsNotLeftBehind(t *testing.T) {
	for name, test := range map[string]struct {
		n int
		// ahead is the operator's clock of the API server's, which stamps deletions.
		ahead time.Duration
	}{
		"its id is known":                                         {0, 0},
		"killed before its id was written down":                   {1, 0},
		"killed, and the clock is 15 s ahead of the API server's": {1, 15 * time.Second},
		"killed, and the clock is 60 s ahead of the API server's": {1, time.Minute},
		"killed, and the clock is an hour ahead":                  {1, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w, n := newSmallWorld(t), test.n
			w.clock.advance(test.ahead)
			timing := awssim.Instant()
			timing.KindLag = map[string]awssim.Lag{"vpc-peering-connection": {Own: awssim.Duration(20 * time.Second), Remote: awssim.Duration(20 * time.Second)}}
			w.cloud.SetTiming(timing)
			object := w.peering("eu-us", nil)
			if n == 0 {
				w.reconcile(object)
			} else {
				w.killedAfter(object, "CreateVpcPeeringConnection")
			}
			if created := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection", Code: "OK"}); len(created) != 1 {
				t.Fatalf("%d requests, want 1", len(created))
			}
			w.delete(object)
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.clock.advance(time.Minute)
			w.wantsShape(nil)
		})
	}
}

func TestA9RoutesAndRulesThatNobodySeesYetAreNotLeftBehind(t *testing.T) {
	for name, test := range map[string]struct {
		kind, action string
		answered     bool
	}{
		"routes":                         {kind: "route-table", answered: true},
		"rules":                          {kind: "security-group", answered: true},
		"routes, and the answer is lost": {kind: "route-table", action: "CreateRoute"},
		"rules, and the answer is lost":  {kind: "security-group", action: "AuthorizeSecurityGroupIngress"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newSmallWorld(t)
			timing := awssim.Instant()
			timing.KindLag = map[string]awssim.Lag{test.kind: {Own: awssim.Duration(8 * time.Second)}}
			w.cloud.SetTiming(timing)
			w.clock.advance(30 * time.Second) // ahead of the API server's, which stamps the deletion
			object := w.peering("eu-us", nil)
			if test.answered {
				w.wants(w.reconcile(object), v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "")
			} else {
				w.killedAfter(object, test.action)
			}
			w.delete(object)
			w.until(object, func(now *v1alpha1.VPCPeering) bool { return now == nil })
			w.clock.advance(time.Minute)
			w.wantsShape(nil)
		})
	}
}

func TestA9WhatIsDeselectedBeforeAWSShowsItIsNotLeftBehind(t *testing.T) {
	for name, kind := range map[string]string{"a table": "route-table", "a group": "security-group"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			timing := awssim.Instant()
			timing.KindLag = map[string]awssim.Lag{kind: {Own: awssim.Duration(20 * time.Second)}}
			w.cloud.SetTiming(timing)
			tables, groups := w.pair.Requester.Tables, w.pair.Requester.GroupIDs(scene.PodGroup, scene.NodeGroup)
			choose := func(i int) func(*v1alpha1.VPCPeering) {
				return func(object *v1alpha1.VPCPeering) {
					object.Spec.Requester.Routes.RouteTableIDs = tables[i : i+1]
					object.Spec.Requester.SecurityGroups.SecurityGroupIDs = groups[i : i+1]
				}
			}
			object := w.peering("eu-us", choose(0))
			w.reconcile(object)
			w.clock.advance(5 * time.Second)
			w.edit(object, choose(1))
			w.settle(object)
			w.clock.advance(2 * time.Minute)
			w.settle(object)
			if got, want := w.made(w.pair.Requester), (made{connections: 1, routes: 2, rules: 2}); got != want {
				t.Errorf("the requester has %+v, want %+v", got, want)
			}
			w.remove(object)
			w.clock.advance(time.Minute)
			w.wantsShape(nil)
		})
	}
}

// killedAfter runs a reconciliation that ends when AWS has carried out an action, before its answer is read.
func (w *world) killedAfter(object *v1alpha1.VPCPeering, action string) {
	w.t.Helper()
	w.cloud.ClearJournal()
	w.struck(object, chaos.Strike{Blow: chaos.Kill, When: func() bool {
		return len(w.cloud.Journal(awssim.Query{Action: action, Code: "OK"})) > 0
	}})
}

func TestTwoOfOneKindOfTroubleAreOneThrottledPassThatIsMadeGood(t *testing.T) {
	w := newSmallWorld(t)
	fault := awssim.Fault{Service: "ec2", Action: "CreateRoute", Count: 12, Effect: awssim.ErrorAnswer, Code: "RequestLimitExceeded", Message: "Request limit exceeded.", Status: 503}
	if _, err := w.cloud.Inject(fault); err != nil {
		t.Fatal(err)
	}
	w.restartWith(w.kube, w.plainHTTP())
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionRoutesReady, metav1.ConditionFalse, v1alpha1.ReasonAWSError, "crossvpc slows down and tries again")
	w.wants(object, v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonAWSError, "ec2:CreateRoute")
	w.cloud.RemoveFault("")
	w.restart()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}
