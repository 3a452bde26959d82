package peeredcluster

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/proof"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// networkProver takes the step that says which subnets and security groups are the
// cluster's: those of interfaces that EC2 confirms. Routes and rules rest on them.
type networkProver struct {
	*configuration
	prover prover
}

// network is what is remembered of what EC2 said.
type network struct {
	ledger proof.Ledger
	// denied is why EC2 could not be asked, at that time.
	denied   string
	deniedAt time.Time
	// noTags: interfaces could be asked for, the tags of instances not.
	noTags string
}

// prove asks EC2 for what is not confirmed, and takes over into status what is. Where
// EC2 can't be asked, what is known stays (A11).
func (n networkProver) prove(ctx context.Context, found *findings) error {
	own := n.prover.claimants.note(n.Object, n.view.Claims())
	claims := interfaceClaims(n.view.Footprint, own.Nodes)
	unread, err := n.ask(ctx, claims, own)
	if err != nil {
		return err
	}
	if n.memory.network.denied != "" {
		n.Object.Status.Network = merged(n.Object.Status.Network, n.view.Footprint)
		found.network = n.judgeNetwork(claims, proof.Outcome{}, nil)
		return nil
	}
	outcome := n.memory.network.ledger.Judge(claims, n.start)
	n.keepProven(claims, outcome)
	if _, _, nowhere := place(n.subject); nowhere == nil && unread == nil { // else there is nobody to ask sooner
		n.Within(max(outcome.AskIn, time.Second))
	}
	found.network = n.judgeNetwork(claims, outcome, unread)
	return nil
}

// ask asks EC2 for the interfaces that are due. Unread says why it did not answer.
func (n networkProver) ask(ctx context.Context, claims []proof.InterfaceClaim, own proof.Claims) (unread *verdict.Verdict, err error) {
	memory := &n.memory.network
	due := memory.ledger.Ask(claims, n.start)
	if len(due) == 0 || memory.denied != "" && n.start.Sub(memory.deniedAt) < askAgain && !n.retryAsked() {
		return nil, nil
	}
	others, err := n.prover.claimants.besides(ctx, n.prover.hub, n.Object)
	if err != nil {
		return nil, err
	}
	said, err := n.prover.aws.interfaces(ctx, n.subject, due, &memory.noTags)
	switch {
	case err == nil:
		memory.denied = ""
		memory.ledger.Learn(claims, due, own, others, said, n.start)
		return nil, nil
	case errors.Is(err, errNoVPC):
		return nil, nil
	case aws.Classify(err).Denied:
		memory.denied, memory.deniedAt = messageOf(err), n.start
		return nil, nil
	default:
		n.Within(afterUnreachable)
		return new(awsUnread("Cannot ask EC2 for the interfaces that CiliumNodes report, so no further subnet or security group is taken over", err)), nil
	}
}

// keepProven leaves of the footprint only what is proven, and brings status up to date.
func (n networkProver) keepProven(claims []proof.InterfaceClaim, outcome proof.Outcome) {
	proven := map[cilium.InterfaceKey]bool{}
	for _, claim := range claims {
		proven[cilium.InterfaceKey{Node: claim.Node, ID: claim.ID}] = outcome.Proves(claim)
	}
	n.view.Footprint = n.view.Footprint.Only(func(eni cilium.Interface) bool { return proven[eni.Key()] })
	status := &n.Object.Status
	status.Network = merged(status.Network, n.view.Footprint)
	if status.Network != nil && outcome.Any() {
		n.forgetLapsed(status.Network, claims, outcome)
	}
}

// forgetLapsed drops what no proven interface has any more. What only a tag is missing for stays where it was taken over
// before, as by a release that did not compare tags: traffic goes there, and the condition says what is missing.
func (n networkProver) forgetLapsed(network *v1alpha1.ClusterNetwork, claims []proof.InterfaceClaim, outcome proof.Outcome) {
	ledger, proven := &n.memory.network.ledger, n.view.Footprint
	network.SubnetIDs = slices.DeleteFunc(network.SubnetIDs, func(id string) bool {
		inIt := func(eni proof.Interface) bool { return eni.Subnet == id }
		stays := slices.Contains(proven.SubnetIDs, id) || outcome.Untagged(claims, inIt)
		return ledger.Lapsed("subnet "+id, stays, outcome.OnlyLies(claims, inIt), n.start)
	})
	network.InterfaceGroups = slices.DeleteFunc(network.InterfaceGroups, func(set v1alpha1.InterfaceGroups) bool {
		same := func(groups []string) bool { return slices.Equal(groups, set.SecurityGroupIDs) }
		withThem := func(eni proof.Interface) bool { return same(eni.Groups) }
		stays := slices.ContainsFunc(proven.PodGroupSets(), same) || outcome.Untagged(claims, withThem)
		return ledger.Lapsed("groups "+strings.Join(set.SecurityGroupIDs, ","), stays, outcome.OnlyLies(claims, withThem), n.start)
	})
}

func (n networkProver) judgeNetwork(claims []proof.InterfaceClaim, outcome proof.Outcome, unread *verdict.Verdict) *verdict.Verdict {
	contradictions := slices.Concat(n.view.Footprint.Contradictions, outcome.Contradictions)
	switch {
	case len(contradictions) > 0:
		return new(verdict.New(verdict.Held, v1alpha1.ReasonContradicted,
			joined(contradictions)+" Nothing new that only these report is routed to or opened. Find out who wrote them, and delete those that are of no node."))
	case n.memory.network.denied != "":
		return new(verdict.Newf(verdict.Unclear, v1alpha1.ReasonPermissionDenied,
			"What CiliumNodes report of subnets and security groups is taken as it is, because EC2 may not be asked: %s", n.memory.network.denied))
	case unread != nil:
		return unread
	case outcome.Open > 0:
		return new(verdict.New(verdict.Unclear, v1alpha1.ReasonProgressing, "EC2 does not confirm yet what CiliumNodes report of new interfaces."))
	case len(claims) == 0:
		return new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired, "No CiliumNode reports an interface."))
	case n.memory.network.noTags != "":
		return new(verdict.Newf(verdict.Done, v1alpha1.ReasonConfirmed,
			"EC2 confirms the interfaces that CiliumNodes report. Their instances' tags were not compared: %s", n.memory.network.noTags))
	default:
		return new(verdict.New(verdict.Done, v1alpha1.ReasonConfirmed, "EC2 confirms the interfaces that CiliumNodes report."))
	}
}

func joined(sentences []string) string {
	return strings.Join(message.Bounded(sentences, message.MostNamed), " ")
}

// interfaceClaims are what CiliumNodes say of interfaces, and the Nodes of their instances.
func interfaceClaims(footprint cilium.Footprint, nodes []proof.Claim) []proof.InterfaceClaim {
	instances := make(map[string]string, len(nodes))
	for _, node := range nodes {
		instances[node.Node] = node.InstanceID
	}
	claims := make([]proof.InterfaceClaim, 0, len(footprint.Interfaces))
	for _, eni := range footprint.Interfaces {
		claims = append(claims, proof.InterfaceClaim{
			Interface: proof.Interface{ID: eni.ID, Subnet: eni.SubnetID, Groups: eni.SecurityGroupIDs},
			Node:      eni.Node, Instance: instances[eni.Node],
		})
	}
	return claims
}
