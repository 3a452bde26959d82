package vpcpeering

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// requestedByTheAccepter is a request that the accepter's VPC made by hand, of the requester's.
func (w *world) requestedByTheAccepter() string {
	w.t.Helper()
	out, err := w.ec2(w.pair.Accepter).CreateVpcPeeringConnection(w.t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &w.pair.Accepter.VPCID, PeerVpcId: &w.pair.Requester.VPCID, PeerOwnerId: &w.pair.Requester.Account, PeerRegion: &w.pair.Requester.Region,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.VpcPeeringConnection.VpcPeeringConnectionId
}

func usingExisting(object *v1alpha1.VPCPeering) {
	object.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
}

// TestARequestOfTheAccepterThatTheRequesterDoesNotSeeNamesTheRequester: the accepter was named, who had made it.
func TestARequestOfTheAccepterThatTheRequesterDoesNotSeeNamesTheRequester(t *testing.T) {
	w := newSmallWorld(t)
	id := w.requestedByTheAccepter()
	fault := awssim.Fault{Service: "ec2", Action: "AcceptVpcPeeringConnection", Count: -1, Effect: awssim.ErrorAnswer,
		Code: "InvalidVpcPeeringConnectionID.NotFound", Message: "The vpcPeeringConnection ID does not exist", Status: 400}
	if _, err := w.cloud.Inject(fault); err != nil {
		t.Fatal(err)
	}
	object := w.reconcile(w.peering("eu-us", usingExisting))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Waiting for the requester's region to see connection "+id)
	w.clock.advance(6 * time.Minute)
	object = w.reconcile(object)
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonAccepterCannotSee,
		"Account "+scene.RequesterAccount+" does not see connection "+id+" in "+scene.RequesterRegion+". Check that the requester's identity belongs to the account that owns "+w.pair.Requester.VPCID)
	w.cloud.RemoveFault("")
	w.settle(object)
}

// TestARequestOfTheAccepterThatTheRequesterRejectedNamesTheRequester: also when AWS has forgotten it.
func TestARequestOfTheAccepterThatTheRequesterRejectedNamesTheRequester(t *testing.T) {
	w := newSmallWorld(t)
	id := w.requestedByTheAccepter()
	allow := w.deny("AcceptVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", usingExisting))
	if _, err := w.ec2(w.pair.Requester).RejectVpcPeeringConnection(t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}); err != nil {
		t.Fatal(err)
	}
	allow()
	for _, wait := range []time.Duration{time.Minute, 100 * time.Hour} {
		w.clock.advance(wait)
		w.restart() // credentials are from before
		object = w.reconcile(object)
		w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, id+" was rejected in account "+scene.RequesterAccount)
	}
	w.ask(object)
	w.remove(w.settle(object))
	w.wantsShape(nil)
}
