package conformance

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func init() {
	register(
		check{Name: "the requester may delete its pending request", Source: modelSource + "DeleteVpcPeeringConnection",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.ours.deletePeering(id))
				p.ours.becomes(id, stateDeleted)
			}},
		check{Name: "the requester may delete an active connection and both sides see it deleted", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.gone(p.active())
			}},
		check{Name: "the accepter may delete an active connection", Source: modelSource + "DeleteVpcPeeringConnection",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				t.ok(p.theirs.deletePeering(id))
				p.ours.becomes(id, stateDeleted)
			}},
		check{Name: "a deleted connection cannot be deleted again", Source: "InvalidStateTransition in " + errorsSource + "; terraform-provider-aws vpc_peering_connection.go",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				p.gone(id)
				t.refusedWith(p.ours.deletePeering(id), "InvalidStateTransition")
			}},
		check{Name: "a rejected connection cannot be deleted", Source: lifecycleSource + " (deleted automatically)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.theirs.reject(id))
				p.ours.becomes(id, stateRejected)
				t.refusedWith(p.ours.deletePeering(id), "InvalidStateTransition")
			}},
		check{Name: "a deleted connection is still described afterwards", Source: lifecycleSource + "; hashicorp/terraform#5946, #2544",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				p.gone(id)
				p.ours.finds([]string{id}, filter("vpc-peering-connection-id", id))
			}},
		check{Name: "the deleter sees a deleted connection for two hours and the other side for two days", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				p.gone(id)
				target.control.Advance(3 * time.Hour)
				p.ours.finds(nil, filter("vpc-peering-connection-id", id))
				p.theirs.finds([]string{id}, filter("vpc-peering-connection-id", id))
				target.control.Advance(48 * time.Hour)
				p.theirs.finds(nil, filter("vpc-peering-connection-id", id))
			}},
		check{Name: "a failed connection is shown for two hours", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.peerVPC = p.theirs.vpc(ourBlock)
				id := p.failsSaying("overlapping")
				target.control.Advance(3 * time.Hour)
				_, err := p.ours.peering(id)
				t.refusedWith(err, "InvalidVpcPeeringConnectionID.NotFound")
			}},
		check{Name: "a rejected connection is shown to the requester for two days and to the accepter for two hours", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.theirs.reject(id))
				p.ours.becomes(id, stateRejected)
				target.control.Advance(3 * time.Hour)
				p.theirs.finds(nil, filter("vpc-peering-connection-id", id))
				p.ours.finds([]string{id}, filter("vpc-peering-connection-id", id))
			}},
		check{Name: "an inter-Region connection passes through deleting", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				t.ok(p.ours.deletePeering(id))
				var seen []types.VpcPeeringConnectionStateReasonCode
				t.until(target, id+" deleted", func() bool {
					seen = append(seen, p.ours.sees(id).Status.Code)
					return seen[len(seen)-1] == stateDeleted
				})
				t.holds(slices.Contains(seen, stateDeleting), "saw only %v", seen)
			}},
		check{Name: "a deleted pair can be peered again under a new id", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				first := p.active()
				p.gone(first)
				second := p.active()
				t.holds(second != first, "the deleted id came back")
				p.ours.finds([]string{first, second})
			}},
		check{Name: "deleting a VPC deletes its active peering", Source: peeringGuide + "delete-vpc-peering-connection.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				_, err := p.ours.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &p.ourVPC})
				t.ok(err)
				p.theirs.becomes(id, stateDeleted)
			}},
		check{Name: "a VPC with a pending request from another account cannot be deleted", Source: peeringGuide + "delete-vpc-peering-connection.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.pending()
				_, err := p.theirs.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &p.peerVPC})
				t.refused(err)
			}},
	)
}
