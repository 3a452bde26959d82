package vpcpeering

import (
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// hindrance keeps crossvpc from acting on either side for a while, and ends without a change of the VPCPeering.
type hindrance struct {
	begin, end func(*world, peering.Role)
}

// unresolved are those for which a side cannot be resolved.
var unresolved = map[string]hindrance{
	"the AWSIdentity is not Ready": {
		func(w *world, of peering.Role) { w.unready(of, metav1.ConditionFalse) },
		func(w *world, of peering.Role) { w.unready(of, metav1.ConditionTrue) },
	},
	"the AWSIdentity is not checked yet": {
		func(w *world, of peering.Role) { w.unready(of, metav1.ConditionUnknown) },
		func(w *world, of peering.Role) { w.unready(of, metav1.ConditionTrue) },
	},
	"the AWSIdentity does not admit the namespace": {
		func(w *world, of peering.Role) {
			w.setAllowed(peering.Pick(of, "eu", "us"), func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedNamespaces = v1alpha1.AllowedNamespaces{} })
		},
		func(w *world, _ peering.Role) { w.admitAgain() },
	},
}

// unreadable are those with which a side is resolved and cannot be read, or found in order.
var unreadable = map[string]hindrance{
	"the AWSIdentity lets no table be changed": {
		func(w *world, of peering.Role) {
			w.setAllowed(peering.Pick(of, "eu", "us"), func(identity *v1alpha1.AWSIdentity) {
				identity.Spec.AllowedRouteTableTags = map[string]v1alpha1.TagValue{"team": "nobody"}
			})
		},
		func(w *world, of peering.Role) {
			w.setAllowed(peering.Pick(of, "eu", "us"), func(identity *v1alpha1.AWSIdentity) { identity.Spec.AllowedRouteTableTags = nil })
		},
	},
	"everything is denied":          {denied("*"), allowed},
	"DescribeVpcs is denied":        {denied("DescribeVpcs"), allowed},
	"DescribeRouteTables is denied": {denied("DescribeRouteTables"), allowed},
	"DescribeVpcPeeringConnections is denied": {
		denied("DescribeVpcPeeringConnections"), allowed,
	},
}

func allowed(w *world, of peering.Role) { w.cloud.ClearPolicy(roleOf(w.networkOf(of).Account)) }

// TestARequestThatIsRejectedWhileCrossvpcCannotActIsNotMadeAgainByTheClock: it was made again once AWS had forgotten it,
// and accepted by itself.
func TestARequestThatIsRejectedWhileCrossvpcCannotActIsNotMadeAgainByTheClock(t *testing.T) {
	hindrances := maps.Clone(unresolved)
	maps.Copy(hindrances, unreadable)
	for name, hindrance := range hindrances {
		for _, of := range peering.Roles() {
			t.Run(string(of)+": "+name, func(t *testing.T) {
				t.Parallel()
				w := newSmallWorld(t)
				object, allow := w.requested()
				id := object.Status.PeeringConnectionID
				allow()
				hindrance.begin(w, of)
				w.rejectByHand(id)
				w.clock.toNextSweep()
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, id)
				w.clock.advance(100 * time.Hour)
				w.restart() // credentials are from before
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, id)
				hindrance.end(w, of)
				w.clock.toNextSweep()
				w.cloud.ClearJournal()
				object = w.reconcile(object)
				w.wants(object, v1alpha1.ConditionPeeringActive, metav1.ConditionFalse, v1alpha1.ReasonPeeringRejected, id)
				w.wantsNoWrite()
				w.ask(object)
				w.remove(w.settle(object))
				w.wantsShape(nil)
			})
		}
	}
}

// rejectByHand says no in the accepter's account.
func (w *world) rejectByHand(id string) {
	w.t.Helper()
	if _, err := w.ec2(w.pair.Accepter).RejectVpcPeeringConnection(w.t.Context(), &ec2.RejectVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}); err != nil {
		w.t.Fatal(err)
	}
}
