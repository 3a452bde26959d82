package conformance

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const wrongSideSource = "getmoto/moto exceptions.py; crossplane-contrib/provider-aws#1071; aws/aws-cdk#17383"

func init() {
	register(
		check{Name: "Accept answers that the connection is being provisioned", Source: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptVpcPeeringConnection.html; " + lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				out, err := p.theirs.ec2.AcceptVpcPeeringConnection(t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
				t.ok(err)
				same(t, "state", out.VpcPeeringConnection.Status.Code, stateProvisioning)
			}},
		check{Name: "an accepted connection becomes active on both sides", Source: lifecycleSource,
			Run: func(t *T, target *Target) { strangers(t, target).active() }},
		check{Name: "the owner of both VPCs still has to accept", Source: peeringGuide + "accept-vpc-peering-connection.html",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				id := p.pending()
				target.pause()
				same(t, "state", p.ours.sees(id).Status.Code, statePending)
				t.ok(p.ours.accept(id))
				p.ours.becomes(id, stateActive)
			}},
		check{Name: "the requester's account cannot accept", Source: wrongSideSource,
			Run: func(t *T, target *Target) {
				p := neighbours(t, target)
				t.refusedSaying(p.ours.accept(p.pending()), "OperationNotPermitted", "cannot accept peering")
			}},
		check{Name: "the accepter's account cannot accept from the requester's region", Source: wrongSideSource + "; hashicorp/terraform#2508",
			Run: func(t *T, target *Target) {
				account := target.newAccount()
				p := pairOf(t, newSide(t, target, account, here), newSide(t, target, account, there))
				t.refusedSaying(p.ours.accept(p.pending()), "OperationNotPermitted", "must be accepted in region "+there)
			}},
		check{Name: "an active connection cannot be accepted again", Source: "InvalidStateTransition in " + errorsSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.theirs.accept(p.active()), "InvalidStateTransition")
			}},
		check{Name: "a rejected connection stays visible and cannot be accepted", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				t.ok(p.theirs.reject(id))
				p.ours.becomes(id, stateRejected)
				p.theirs.becomes(id, stateRejected)
				t.refusedWith(p.theirs.accept(id), "InvalidStateTransition")
			}},
		check{Name: "the requester cannot reject its own request", Source: modelSource + "RejectVpcPeeringConnection; getmoto/moto exceptions.py",
			Run: func(t *T, target *Target) {
				p := neighbours(t, target)
				t.refusedWith(p.ours.reject(p.pending()), "OperationNotPermitted")
			}},
		check{Name: "an active connection cannot be rejected", Source: modelSource + "RejectVpcPeeringConnection: must be in pending-acceptance",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				t.refusedWith(p.theirs.reject(p.active()), "InvalidStateTransition")
			}},
		check{Name: "blocks of either side are absent until the connection is active", Source: modelSource + "VpcPeeringConnectionVpcInfo: CIDR block information is only returned when describing an active connection",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				got := p.ours.sees(p.pending())
				same(t, "accepter's block", aws.ToString(got.AccepterVpcInfo.CidrBlock), "")
				same(t, "number of accepter's blocks", len(got.AccepterVpcInfo.CidrBlockSet), 0)
			}},
		check{Name: "an active connection lists every IPv4 block of both sides", Source: modelSource + "VpcPeeringConnectionVpcInfo$CidrBlockSet",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.theirs.associate(p.peerVPC, "100.65.0.0/16")
				got := p.theirs.sees(p.active())
				same(t, "accepter's block", aws.ToString(got.AccepterVpcInfo.CidrBlock), theirBlock)
				same(t, "accepter's blocks", blocksOf(got.AccepterVpcInfo), []string{theirBlock, "100.65.0.0/16"})
				same(t, "requester's blocks", blocksOf(got.RequesterVpcInfo), []string{ourBlock})
			}},
		check{Name: "a block that overlaps the peer's makes a pending request fail", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html (peering: the accepter adds an overlapping block)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				_, err := p.theirs.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &p.peerVPC, CidrBlock: aws.String("10.11.64.0/20")})
				if err == nil {
					_ = p.theirs.accept(id)
					p.ours.becomes(id, stateFailed)
				}
			}},
		check{Name: "the requester cannot add a block while its request is pending", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.pending()
				_, err := p.ours.ec2.AssociateVpcCidrBlock(t.Context(), &ec2.AssociateVpcCidrBlockInput{VpcId: &p.ourVPC, CidrBlock: aws.String("100.66.0.0/16")})
				t.refused(err)
			}},
		check{Name: "either side may add a block to an active peering and the connection shows it", Source: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.active()
				p.ours.associate(p.ourVPC, "100.67.0.0/16")
				t.until(target, "the new block", func() bool {
					return sameSet(blocksOf(p.ours.sees(id).RequesterVpcInfo), []string{ourBlock, "100.67.0.0/16"})
				})
			}},
		check{Name: "a new connection is not known in the accepter's region before the lag is over", Source: "terraform-provider-aws#30423, boto/botocore#781", Needs: lagControl,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				defer target.control.SetLag(2*time.Second, 10*time.Second)()
				id := p.create()
				for range 2 {
					t.refusedWith(p.theirs.accept(id), "InvalidVpcPeeringConnectionID.NotFound")
					target.control.Advance(5 * time.Second)
				}
				target.control.Advance(15 * time.Second)
				p.theirs.becomes(id, statePending)
			}},
		check{Name: "a new connection is not even known to its maker before the lag is over", Source: "terraform-provider-aws#30423, https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html", Needs: lagControl,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				defer target.control.SetLag(2*time.Second, 10*time.Second)()
				id := p.create()
				_, err := p.ours.peering(id)
				t.refusedWith(err, "InvalidVpcPeeringConnectionID.NotFound")
				target.control.Advance(5 * time.Second)
				p.ours.sees(id)
			}},
		check{Name: "one region may still see pending what the other sees active", Source: "terraform-provider-aws#30423; https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html", Needs: lagControl,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				defer target.control.SetLag(0, 60*time.Second)()
				t.ok(p.theirs.accept(id))
				p.theirs.becomes(id, stateActive)
				same(t, "requester's state", p.ours.sees(id).Status.Code, statePending)
				target.control.Advance(2 * time.Minute)
				p.ours.becomes(id, stateActive)
			}},
	)
}

func blocksOf(info *types.VpcPeeringConnectionVpcInfo) []string {
	var blocks []string
	for _, b := range info.CidrBlockSet {
		blocks = append(blocks, aws.ToString(b.CidrBlock))
	}
	return blocks
}
