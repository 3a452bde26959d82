package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

const (
	peeringGuide    = "https://docs.aws.amazon.com/vpc/latest/peering/"
	lifecycleSource = peeringGuide + "vpc-peering-basics.html#vpc-peering-lifecycle"
	modelSource     = "botocore data/ec2/2016-11-15/service-2.json "
	errorsSource    = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
)

const (
	stateInitiating   = types.VpcPeeringConnectionStateReasonCodeInitiatingRequest
	statePending      = types.VpcPeeringConnectionStateReasonCodePendingAcceptance
	stateProvisioning = types.VpcPeeringConnectionStateReasonCodeProvisioning
	stateActive       = types.VpcPeeringConnectionStateReasonCodeActive
	stateFailed       = types.VpcPeeringConnectionStateReasonCodeFailed
	stateRejected     = types.VpcPeeringConnectionStateReasonCodeRejected
	stateExpired      = types.VpcPeeringConnectionStateReasonCodeExpired
	stateDeleting     = types.VpcPeeringConnectionStateReasonCodeDeleting
	stateDeleted      = types.VpcPeeringConnectionStateReasonCodeDeleted
)

func init() {
	register(
		check{Name: "Create answers at once with a connection that is being initiated", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				out, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), p.request())
				t.ok(err)
				got := out.VpcPeeringConnection
				same(t, "state", got.Status.Code, stateInitiating)
				same(t, "requester", partyOf(got.RequesterVpcInfo), []string{p.ours.account, here, p.ourVPC})
				same(t, "accepter", partyOf(got.AccepterVpcInfo), []string{p.theirs.account, there, p.peerVPC})
			}},
		check{Name: "a request becomes pending-acceptance on both sides", Source: lifecycleSource,
			Run: func(t *T, target *Target) { strangers(t, target).pending() }},
		check{Name: "region and account of the peer default to the caller's own", Source: modelSource + "CreateVpcPeeringConnectionRequest$PeerRegion, $PeerOwnerId",
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				out, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &p.ourVPC, PeerVpcId: &p.peerVPC})
				t.ok(err)
				p.ours.becomes(*out.VpcPeeringConnection.VpcPeeringConnectionId, statePending)
				same(t, "accepter", partyOf(out.VpcPeeringConnection.AccepterVpcInfo), []string{p.ours.account, here, p.peerVPC})
			}},
		check{Name: "asking twice in the same orientation returns the first connection's id", Source: "terraform-provider-aws#27750, docs PR #27751",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				first := p.pending()
				same(t, "second id", p.create(), first)
				p.ours.finds([]string{first})
			}},
		check{Name: "asking again for an active peering returns its id", Source: "terraform-provider-aws#27750",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				first := p.active()
				same(t, "second id", p.create(), first)
				same(t, "state", p.ours.sees(first).Status.Code, stateActive)
			}},
		check{Name: "a request in the reversed orientation is taken and its Accept fails with AlreadyExists", Source: "terraform-provider-aws#44315, ansible-collections community.aws#580",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				live := p.active()
				back := p.reversed()
				second := back.create()
				t.holds(second != live, "the reversed request has the id of the live connection")
				back.theirs.becomes(second, statePending)
				t.refusedWith(back.theirs.accept(second), "VpcPeeringConnectionAlreadyExists")
				same(t, "state of the live one", p.ours.sees(live).Status.Code, stateActive)
			}},
		check{Name: "overlapping primary blocks give 200 and then a failed connection", Source: modelSource + "CreateVpcPeeringConnection; " + lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.peerVPC = p.theirs.vpc("10.11.128.0/17")
				p.failsSaying("overlapping CIDR")
			}},
		check{Name: "overlapping secondary blocks give 200 and then a failed connection", Source: modelSource + "CreateVpcPeeringConnection; " + peeringGuide + "invalid-peering-configurations.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.ours.associate(p.ourVPC, "100.64.0.0/16")
				p.theirs.associate(p.peerVPC, "100.64.0.0/16")
				p.failsSaying("overlapping CIDR")
			}},
		check{Name: "a peer VPC that does not exist gives 200 and then a failed connection", Source: lifecycleSource + "; the message (Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range) is quoted in public repositories",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.peerVPC = "vpc-0123456789abcdef0"
				p.failsSaying("incorrect VPC-ID")
			}},
		check{Name: "a peer VPC of another account than named gives 200 and then a failed connection", Source: lifecycleSource,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				request := p.request()
				request.PeerOwnerId = aws.String(target.newAccount())
				p.requestFailsSaying(request, "Account ID")
			}},
		check{Name: "a missing PeerRegion gives 200 and then a failed connection", Source: "quoted in public repositories for this mistake; " + modelSource + "CreateVpcPeeringConnectionRequest$PeerRegion",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				request := p.request()
				request.PeerRegion = nil
				p.requestFailsSaying(request, "incorrect VPC-ID")
			}},
		check{Name: "a failed connection is still described", Source: lifecycleSource + " (2 hours, to the requester)",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.peerVPC = p.theirs.vpc(ourBlock)
				id := p.failsSaying("overlapping")
				p.ours.finds([]string{id}, filter("status-code", "failed"))
			}},
		check{Name: "a failed connection can neither be accepted nor deleted", Source: lifecycleSource + "; InvalidStateTransition in " + errorsSource,
			Run: func(t *T, target *Target) {
				p := siblings(t, target)
				p.peerVPC = p.theirs.vpc(ourBlock)
				id := p.failsSaying("overlapping")
				t.refusedWith(p.ours.accept(id), "InvalidStateTransition")
				t.refusedSaying(p.ours.deletePeering(id), "InvalidStateTransition", "from failed to deleting")
			}},
		check{Name: "a requester VPC that does not exist is refused", Source: errorsSource + " InvalidVpcID.NotFound",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				p.ourVPC = "vpc-0123456789abcdef0"
				_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), p.request())
				t.refusedWith(err, "InvalidVpcID.NotFound")
			}},
		check{Name: "a request expires seven days after it was made", Source: lifecycleSource + "; 168 h in " + peeringGuide + "vpc-peering-connection-quotas.html",
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				got := p.ours.sees(p.pending())
				t.holds(got.ExpirationTime != nil, "no ExpirationTime while pending")
			}},
		check{Name: "nobody can accept a request after seven days", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				target.control.Advance(169 * time.Hour)
				same(t, "state for the requester", p.ours.sees(id).Status.Code, stateExpired)
				same(t, "state for the accepter", p.theirs.sees(id).Status.Code, stateExpired)
				t.refusedWith(p.theirs.accept(id), "InvalidStateTransition")
			}},
		check{Name: "an expired pair can be requested again", Source: lifecycleSource, Needs: clock,
			Run: func(t *T, target *Target) {
				p := strangers(t, target)
				id := p.pending()
				target.control.Advance(169 * time.Hour)
				again := p.active()
				t.holds(again != id, "the expired id came back")
			}},
	)
}

// partyOf says whom a half of a connection names.
func partyOf(info *types.VpcPeeringConnectionVpcInfo) []string {
	return []string{aws.ToString(info.OwnerId), aws.ToString(info.Region), aws.ToString(info.VpcId)}
}

// reversed is the pair as the other side would peer it.
func (p *pair) reversed() *pair {
	return &pair{t: p.t, ours: p.theirs, theirs: p.ours, ourVPC: p.peerVPC, peerVPC: p.ourVPC}
}

// failsSaying requests the pair and wants the connection to fail with the phrase.
func (p *pair) failsSaying(phrase string) string { return p.requestFailsSaying(p.request(), phrase) }

func (p *pair) requestFailsSaying(request *ec2.CreateVpcPeeringConnectionInput, phrase string) string {
	out, err := p.ours.ec2.CreateVpcPeeringConnection(p.t.Context(), request)
	p.t.ok(err)
	id := *out.VpcPeeringConnection.VpcPeeringConnectionId
	p.ours.becomes(id, stateFailed)
	message := aws.ToString(p.ours.sees(id).Status.Message)
	p.t.holds(strings.Contains(message, phrase), "failed saying %q, want %q in it", message, phrase)
	return id
}
