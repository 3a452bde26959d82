package peeredcluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
)

// decide computes the native routing CIDR that the cluster's peerings need. What
// is written, and when each node may read it, is the rollout's to say.
func (p *pass) decide(ctx context.Context) error {
	if p.conditions.Stops(v1alpha1.ConditionReachable) {
		return nil
	}
	if err := p.loadPeerings(ctx); err != nil {
		return err
	}
	p.object.Status.Peerings = coveredPeerings(p.object.Status.Peerings, p.peerings, p.object.Name)
	input, err := p.decisionInput(ctx)
	if err != nil {
		p.comeAgain(unreachableRetry)
		p.conditions.Set(v1alpha1.ConditionCiliumConfigured, conditions.Unclear, v1alpha1.ReasonAWSError,
			"what the route tables reach can't be read, so nothing new is decided: "+messageOf(err))
		p.standing()
		return nil
	}
	p.decision = cilium.Decide(input)
	p.reportCilium()
	p.judgeDecision()
	return nil
}

// standing keeps the decision that status has, and starts nothing on it, while AWS
// does not say what a new one needs: what is in hand is seen to its end, and a
// canary that fails is taken back (N5). On a first pass there is none.
func (p *pass) standing() {
	status := p.ciliumStatus()
	value, err := netip.ParsePrefix(status.DesiredCIDR)
	if err != nil {
		return
	}
	p.decision = cilium.Decision{
		Kind: cilium.KindBlocked, Reason: v1alpha1.ReasonAWSError, CIDR: value, Needed: value, Revision: status.Revision,
		SetByOthers: status.Backend == backendManual && p.object.Spec.Cilium.WriteTo != v1alpha1.WriteManual,
	}
	p.undecided = true
}

func (p *pass) decisionInput(ctx context.Context) (cilium.Input, error) {
	spec := p.object.Spec.Cilium
	pin, _ := netip.ParsePrefix(spec.NativeRoutingCIDR)
	input := cilium.Input{
		Facts: p.observed.Facts,
		Owner: p.owner(),
		Policy: cilium.Policy{
			Strategy: cilium.Strategy(spec.Strategy), WriteTo: cilium.WriteTo(spec.WriteTo),
			Pin: pin, Acknowledged: prefixes(spec.AcknowledgedCIDRs),
		},
		VPC:   cilium.VPC{Primary: p.observed.Footprint.Primary, Blocks: p.observed.Footprint.Blocks()},
		Peers: asPeers(p.object.Status.Peerings),
		Live:  append(cilium.Live(p.owner(), p.observed.Install.Objects.NodeConfigs), p.observed.Facts.Applied),

		Awaited: p.awaited(), RevertedBy: p.revertedBy(),
	}
	if len(input.Peers) == 0 {
		return input, nil
	}
	seen, err := p.observeVPC(ctx)
	if err != nil {
		return cilium.Input{}, err
	}
	if seen.VPC != nil {
		input.VPC = cilium.VPC{Primary: seen.VPC.Primary, Blocks: seen.VPC.AssociatedBlocks()}
	}
	input.Routes = liveRoutes(seen.RouteTables, p.object.Status.Network)
	input.Unread = p.unread(seen.RouteTables)
	return input, nil
}

// reportCilium writes what was observed and what is wanted.
func (p *pass) reportCilium() {
	facts, status := p.observed.Facts, p.ciliumStatus()
	boot := facts.Boot
	status.Version, status.IPAM, status.Masquerade = facts.Version.String(), facts.IPAM, string(facts.Masquerade)
	if !facts.Found {
		status.Version, status.Masquerade = "", ""
	}
	status.EffectiveCIDR, status.EffectiveSource = text(boot.CIDR), boot.Source
	status.OriginalCIDR = ""
	if baselines := facts.Baselines(); len(baselines) > 0 {
		status.OriginalCIDR = baselines[0].String()
	}
	status.Backend = p.backend()
	status.UncoveredCIDRs = cidr.Strings(p.decision.Uncovered[:min(len(p.decision.Uncovered), mostUncovered)])
	status.CollateralCIDRs = nil
	for _, collateral := range p.decision.Collateral {
		status.CollateralCIDRs = append(status.CollateralCIDRs, collateral.CIDR.String())
	}
	slices.Sort(status.CollateralCIDRs)
	status.CollateralCIDRs = slices.Compact(status.CollateralCIDRs)
	if status.DesiredCIDR != text(p.decision.CIDR) || status.Revision != p.decision.Revision {
		status.DesiredCIDR, status.Revision = text(p.decision.CIDR), p.decision.Revision
		status.SettlingSince = &metav1.Time{Time: p.start}
	}
}

// mostUncovered is as many blocks as status takes.
const mostUncovered = 50

func text(prefix netip.Prefix) string {
	if !prefix.IsValid() {
		return ""
	}
	return prefix.String()
}

// judgeDecision sets the condition where nothing is to be rolled out; else the
// rollout says how far the value got.
func (p *pass) judgeDecision() {
	message := p.decision.Message
	switch p.decision.Kind {
	case cilium.KindNotRequired:
		message += p.afterUndo()
		p.conditions.Set(v1alpha1.ConditionCiliumConfigured, conditions.NotRequired, v1alpha1.ReasonNotRequired, message)
	case cilium.KindBlocked, cilium.KindPodAddressesNotRoutable:
		p.conditions.Set(v1alpha1.ConditionCiliumConfigured, conditions.Stalled, string(p.decision.Reason), message)
	}
}

// afterUndo says what became of a value that was taken back with the last peering.
func (p *pass) afterUndo() string {
	if !p.gone() || len(p.observed.Facts.Nodes) == 0 {
		return ""
	}
	baseline := text(p.observed.Facts.Nodes[0].Baseline.CIDR)
	another := func(period v1alpha1.CIDRPeriod) bool {
		return period.CIDR != "" && period.CIDR != baseline && period.CIDR != everywhere.String()
	}
	if !slices.ContainsFunc(p.ciliumStatus().History, another) {
		return ""
	}
	return fmt.Sprintf(" What crossvpc had set is taken back, and agents that start get %s; no node is renewed for that: a value that is wider than needed does no harm where no route leads.",
		cmp.Or(baseline, "the VPC's primary block"))
}

func messageOf(err error) string {
	if verdicts := awsVerdicts(err); len(verdicts) > 0 {
		return verdicts[0]
	}
	return err.Error()
}

// errNoVPC: without region and VPC nothing can be asked of AWS.
var errNoVPC = errors.New("region and VPC of the cluster are not known yet: no CiliumNode reports them; set spec.region and spec.vpcID, or see that nodes are up")

func (p *pass) place() (region, vpc string, err error) {
	region, vpc = string(p.object.Status.Region), string(p.object.Status.VPCID)
	if region == "" || vpc == "" {
		return "", "", errNoVPC
	}
	return region, vpc, nil
}
