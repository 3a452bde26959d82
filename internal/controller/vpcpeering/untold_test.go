package vpcpeering

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// TestTheAccepterIsKeptUpByAConnectionWhoseTagsOnlyTheRequesterShows: its view was taken for somebody else's, where the
// optional tag was not on it.
func TestTheAccepterIsKeptUpByAConnectionWhoseTagsOnlyTheRequesterShows(t *testing.T) {
	for _, name := range []string{"its AWSIdentity is gone", "its AWSIdentity is not Ready", "its role is gone", "DescribeVpcPeeringConnections is denied", "everything is denied"} {
		for _, policy := range []v1alpha1.AdoptionPolicy{v1alpha1.AdoptNever, v1alpha1.AdoptUseExisting} {
			t.Run(name+", "+string(policy), func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object := w.settle(w.peering("eu-us", func(object *v1alpha1.VPCPeering) { object.Spec.AdoptionPolicy = policy }))
				was, id := w.shape(), object.Status.PeeringConnectionID
				lostSides[name].lose(w, peering.Requester)
				w.untagView(peering.Accepter, id)
				w.dropRouteAndRule(object, peering.Accepter)
				w.clock.toNextSweep()
				object = w.reconcile(object)
				if active := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionPeeringActive); active.Status != metav1.ConditionUnknown || active.Reason != v1alpha1.ReasonSideUnread {
					t.Errorf("PeeringActive = %s", describe(active))
				}
				if object.Status.PeeringConnectionID != id || object.Status.Adopted {
					t.Errorf("status names %q, adopted %t", object.Status.PeeringConnectionID, object.Status.Adopted)
				}
				w.tagView(peering.Accepter, id)
				w.wantsShape(was)
			})
		}
	}
}

// untagView takes all tags off one side's view of a connection.
func (w *world) untagView(of peering.Role, id string) {
	w.t.Helper()
	if _, err := w.ec2(w.networkOf(of)).DeleteTags(w.t.Context(), &ec2.DeleteTagsInput{Resources: []string{id}}); err != nil {
		w.t.Fatal(err)
	}
}

// tagView puts those back that crossvpc writes.
func (w *world) tagView(of peering.Role, id string) {
	w.t.Helper()
	var tags []ec2types.Tag
	for _, connection := range w.live(w.networkOf(of.Other())) {
		tags = append(tags, connection.Tags...)
	}
	if _, err := w.ec2(w.networkOf(of)).CreateTags(w.t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: tags}); err != nil {
		w.t.Fatal(err)
	}
}
