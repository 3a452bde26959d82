package vpcpeering

import (
	"context"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

const quotaOutstanding = "L-DC9F7029"

// strangersRequest fills the requester's account: somebody there asks for a connection that nobody accepts.
func (w *world) strangersRequest() (id string) {
	w.t.Helper()
	w.quota(scene.RequesterAccount, quotaOutstanding, 1)
	other, err := scene.AddNetwork(w.t.Context(), w.accounts, scene.NetworkSpec{
		Account: scene.RequesterAccount, Region: scene.RequesterRegion, Name: "other", Blocks: []string{"10.99.0.0/16"}, Zones: 1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := w.ec2(other).CreateVpcPeeringConnection(w.t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &other.VPCID, PeerVpcId: &w.pair.Accepter.VPCID, PeerOwnerId: awssdk.String(scene.AccepterAccount), PeerRegion: awssdk.String(scene.AccepterRegion),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.VpcPeeringConnection.VpcPeeringConnectionId
}

func TestAFullAccountIsAQuotaUnlessRequestsOfOursAreMoving(t *testing.T) {
	w := newSmallWorld(t)
	w.strangersRequest()
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonQuotaReached, "OutstandingVpcPeeringConnectionLimitExceeded")
	w.wants(object, v1alpha1.ConditionStalled, metav1.ConditionTrue, v1alpha1.ReasonQuotaReached, "")

	another := types.NamespacedName{Namespace: w.namespace, Name: "another"}
	w.reconciler.requests.begin(scene.RequesterAccount, another, nil, w.clock.Now())
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonManyOpenRequests, scene.RequesterAccount)
	w.wants(object, v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonManyOpenRequests, "")

	w.clock.advance(requestMoves)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonQuotaReached, "")
}

// reconcileHeldBack reconciles an object while the account has as many open requests as may be.
func (w *world) reconcileHeldBack(object *v1alpha1.VPCPeering) {
	w.t.Helper()
	for i := range mostOutstanding {
		w.reconciler.requests.begin(scene.RequesterAccount, requester(i), nil, w.clock.Now())
	}
	w.wants(w.reconcile(object), v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonManyOpenRequests, scene.RequesterAccount)
}

func TestTwentyOpenRequestsHoldTheNextOneBackAndNothingIsAskedOfAWS(t *testing.T) {
	w := newSmallWorld(t)
	for i := range mostOutstanding {
		w.reconciler.requests.begin(scene.RequesterAccount, requester(i), nil, w.clock.Now())
	}
	object := w.peering("eu-us", nil)
	result, err := w.tryReconcile(t.Context(), object)
	if err != nil || result.RequeueAfter == 0 || result.RequeueAfter > requestMoves {
		t.Errorf("comes again after %s (%v)", result.RequeueAfter, err)
	}
	w.wants(w.read(object), v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonManyOpenRequests, scene.RequesterAccount)
	if asked := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"}); len(asked) > 0 {
		t.Errorf("%d requests were made", len(asked))
	}
	w.clock.toNextSweep()
	w.reconcileHeldBack(object)
	w.cloud.ClearJournal()
	w.clock.advance(5 * time.Second)
	w.reconcileHeldBack(object)
	if whole, byID := w.lists(); whole+byID > 0 {
		t.Errorf("while it is held back connections are read %d times", whole+byID)
	}
	w.reconciler.requests.end(scene.RequesterAccount, requester(3), w.clock.Now())
	w.settle(object)
	if moving := w.reconciler.requests.byAccount[scene.RequesterAccount].moving; len(moving) != mostOutstanding-1 {
		t.Errorf("after it is Ready these count: %v", moving)
	}
}

func TestAConnectionIsAskedForWithoutAListOfAllVPCPeerings(t *testing.T) {
	w := newSmallWorld(t)
	rival := w.reconcile(w.peering("a-rival", nil))
	live := interceptor.NewClient(w.kube, interceptor.Funcs{
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
			t.Error("objects are listed past the cache")
			return nil
		},
	})
	w.reconciler.Live = live
	w.nextSecond(rival)
	w.wants(w.reconcile(w.peering("b-late", nil)), v1alpha1.ConditionPreflightPassed, metav1.ConditionFalse, v1alpha1.ReasonSamePair, "a-rival")
}

// TestAFirstRequestRestsOnAListOfAMomentAgo: hundreds that wait for their turn share lists, and each that asks again has one of its own.
func TestAFirstRequestRestsOnAListOfAMomentAgo(t *testing.T) {
	w := newSmallWorld(t)
	object := w.peering("eu-us", nil)
	w.clock.toNextSweep()
	w.reconcileHeldBack(object)
	w.reconciler.requests.end(scene.RequesterAccount, requester(3), w.clock.Now())
	w.cloud.ClearJournal()
	w.reconcile(object)
	if whole, _ := w.lists(); whole > 0 {
		t.Errorf("%d lists, although those of a moment ago show that nobody joined the VPCs", whole)
	}
	asked := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"})
	if len(asked) != 1 {
		t.Errorf("%d requests were made", len(asked))
	}
}

func TestARequestThatComesTooLateForAListOfBeforeHasOneOfItsOwn(t *testing.T) {
	w := newSmallWorld(t)
	object := w.peering("eu-us", nil)
	w.clock.toNextSweep()
	w.reconcileHeldBack(object)
	w.clock.advance(soon + time.Second)
	w.reconciler.requests.end(scene.RequesterAccount, requester(3), w.clock.Now())
	w.cloud.ClearJournal()
	w.reconcile(object)
	if whole, _ := w.lists(); whole != 2 {
		t.Errorf("%d lists, want one of each region", whole)
	}
}
