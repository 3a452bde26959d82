package vpcpeering

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// lists are the reads of connections since the journal was cleared: of all of a region, and by id.
func (w *world) lists() (whole, byID int) {
	w.t.Helper()
	for _, call := range w.cloud.Journal(awssim.Query{Action: "DescribeVpcPeeringConnections"}) {
		if call.Parameters["Filter.1.Name"] == "vpc-peering-connection-id" {
			byID++
		} else {
			whole++
		}
	}
	return whole, byID
}

// TestARequestOnItsWayIsReadByItsID: an account may have a thousand connections.
func TestARequestOnItsWayIsReadByItsID(t *testing.T) {
	w := newSmallWorld(t)
	object, allow := w.requested()
	w.cloud.ClearJournal()
	for range 3 {
		w.clock.advance(5 * time.Second)
		object = w.reconcile(object)
	}
	if whole, byID := w.lists(); whole > 2 || byID < 6 {
		t.Errorf("while the request waits: %d lists of a region, %d by id", whole, byID)
	}
	allow()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// TestNoRequestIsMadeBesideOneThatCameMeanwhile: what was looked at by its id says nothing of others (A4).
func TestNoRequestIsMadeBesideOneThatCameMeanwhile(t *testing.T) {
	w := newSmallWorld(t)
	object, allow := w.requested()
	if _, err := w.ec2(w.pair.Requester).DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &object.Status.PeeringConnectionID}); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Second)
	allow()
	foreign := w.joinByHand()
	w.cloud.ClearJournal()
	w.clock.advance(time.Second)
	object = w.reconcile(object)
	if made := w.cloud.Journal(awssim.Query{Action: "CreateVpcPeeringConnection"}); len(made) > 0 {
		t.Errorf("requested beside %s", foreign)
	}
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonForeignPeering, foreign)
}

// TestAConnectionThatIsActiveIsNotReadAgainUntilTheNextSweep: groups and routes take further reconciliations.
func TestAConnectionThatIsActiveIsNotReadAgainUntilTheNextSweep(t *testing.T) {
	w := newSmallWorld(t)
	w.clock.toNextSweep()
	allow := w.deny("AuthorizeSecurityGroupIngress")
	object := w.reconcile(w.peering("eu-us", nil))
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionTrue, v1alpha1.ReasonActive, "")
	w.cloud.ClearJournal()
	for range 3 {
		w.clock.advance(time.Second)
		object = w.reconcile(object)
	}
	if whole, byID := w.lists(); whole+byID > 0 {
		t.Errorf("%d lists of a region, %d reads by id", whole, byID)
	}
	w.clock.toNextSweep()
	object = w.reconcile(object)
	if whole, byID := w.lists(); whole != 2 || byID > 0 {
		t.Errorf("in the next sweep: %d lists of a region, %d reads by id", whole, byID)
	}
	allow()
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// TestAListThatIsNewerThanTheReadByIDCounts: another VPCPeering may have had the region listed since. A connection that was
// deleted was taken for active until the next sweep.
func TestAListThatIsNewerThanTheReadByIDCounts(t *testing.T) {
	w := newSmallWorld(t)
	w.clock.toNextSweep()
	allow := w.deny("AuthorizeSecurityGroupIngress")
	object := w.reconcile(w.peering("eu-us", nil))
	id := object.Status.PeeringConnectionID
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionTrue, v1alpha1.ReasonActive, id)
	w.clock.advance(time.Second)
	w.deleteByHand(id)
	w.clock.advance(time.Second)
	other := w.reconcile(w.peering("same-pair", nil)) // it is new, and lists both regions
	w.clock.advance(time.Second)
	object = w.reconcile(object)
	if object.Status.PeeringConnectionID == id {
		t.Errorf("%s is deleted: %s", id, describe(meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionPeeringActive)))
	}
	allow()
	w.remove(other)
	w.remove(w.settle(object))
	w.wantsShape(nil)
}

// TestARedundantRequestThatStatusDoesNotNameIsWithdrawnOnce: a read by the id that status names does not show that it is gone.
func TestARedundantRequestThatStatusDoesNotNameIsWithdrawnOnce(t *testing.T) {
	w := newSmallWorld(t)
	allow := w.deny("AcceptVpcPeeringConnection")
	object := w.reconcile(w.peering("eu-us", usingExisting))
	allow()
	redundant := object.Status.PeeringConnectionID
	object.Status.PeeringConnectionID = w.join(w.pair.Accepter, w.pair.Requester)
	if err := w.kube.Status().Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	object = w.reconcile(object)
	if calls := w.cloud.Journal(awssim.Query{Action: "DeleteVpcPeeringConnection"}); len(calls) != 1 {
		t.Errorf("%s was withdrawn %d times", redundant, len(calls))
	}
	w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonProgressing, "Waiting for AWS to show the tags of "+object.Status.PeeringConnectionID)
	w.remove(object)
}
