package peeredcluster

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// unheld: the value is written where nodes can't be told apart, by us or by
// somebody else, so that every agent that starts reads it (C6 does not hold; C5 does,
// for no agent of ours is made anew but under an empty node).
func (p *pass) unheld() bool {
	to := p.object.Spec.Cilium.WriteTo
	return to == v1alpha1.WriteConfigMap || to == v1alpha1.WriteManual || p.decision.SetByOthers
}

// unheldSelection is what the planner is told of a value that is not held back.
// Until a canary has passed it counts as written for that one alone, so that it is
// taken back if the canary fails; then as written for all but the nodes that are
// stale, which is what they would be told if they could be.
func (p *pass) unheldSelection(revision string, nodes []rollout.Node) rollout.RevisionSelection {
	selection := rollout.RevisionSelection{Revision: revision}
	switch {
	case revision == "" || !p.live(revision):
		return selection
	case p.released(revision):
		selection.Mode = cilium.SelectAllBut
	default:
		selection.Mode = cilium.SelectCanary
	}
	for i := range nodes {
		node := &nodes[i]
		inHand := node.Record.Processed() && node.Record.Revision == revision && node.Record.Held() && node.Record.Failed == ""
		canary := selection.Mode == cilium.SelectCanary && inHand
		stale := selection.Mode == cilium.SelectAllBut && !inHand && node.Verdict == rollout.VerdictStale && node.Hostname != ""
		if canary || stale {
			selection.Hostnames = append(selection.Hostnames, node.Hostname)
		}
	}
	slices.Sort(selection.Hostnames)
	return selection
}

// live: the value of the revision is what agents that start get, from us, or from
// who was asked to set it, or sets it now.
func (p *pass) live(revision string) bool {
	value, facts := p.valueOf(revision), p.observed.Facts
	switch {
	case !value.IsValid():
		return false
	case p.decision.SetByOthers:
		return revision == p.decision.Revision
	case p.backend() == backendManual:
		return value == facts.Boot.CIDR
	}
	return value == facts.Applied || len(facts.Nodes) > 0 && value == facts.Nodes[0].Baseline.CIDR
}

// released: the canary has passed, or the value is older than all we know of, or
// somebody else set it: then there is nothing to take back.
func (p *pass) released(revision string) bool {
	canary, history := p.ciliumStatus().Canary, p.ciliumStatus().History
	passed := canary != nil && canary.Revision == revision && canary.State == v1alpha1.CanaryPassed
	lost := len(history) > 0 && history[0].CIDR == text(p.valueOf(revision))
	return passed || lost || !p.observed.Facts.Applied.IsValid()
}

// noteReleased keeps in status that the canary has passed: the ConfigMap does not tell.
func (p *pass) noteReleased(revision string) {
	status := p.ciliumStatus()
	if status.Canary == nil || status.Canary.Revision != revision {
		status.Canary = &v1alpha1.CanaryStatus{Revision: revision}
	}
	status.Canary.State, status.Canary.Message = v1alpha1.CanaryPassed, ""
}

// awaited: agents were once told a value that does not cover every peer, as we saw,
// so that one which does now has to reach the nodes.
func (p *pass) awaited() bool {
	peers, history := peerBlocks(p.object.Status.Peerings), readHistory(p.ciliumStatus().History)
	for i, period := range history {
		if !history.Began(i) && !cidr.ContainsAll([]netip.Prefix{period.CIDR}, peers) {
			return true
		}
	}
	return false
}

func peerBlocks(peerings []v1alpha1.ClusterPeering) []netip.Prefix {
	var blocks []netip.Prefix
	for _, peer := range asPeers(peerings) {
		v4, _ := cidr.SplitFamilies(peer.Blocks)
		blocks = append(blocks, v4...)
	}
	return blocks
}

// revertedBy names who took back what we wrote, and has not been overruled since by
// somebody who asks for another attempt: one attempt each is not a fight.
func (p *pass) revertedBy() string {
	was := meta.FindStatusCondition(p.before.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
	known := was != nil && was.Reason == v1alpha1.ReasonReverted
	if p.retryAsked() || !known && !p.taken() {
		return ""
	}
	return p.reverter()
}

// taken: what status says we wrote is not there, or not ours any more.
func (p *pass) taken() bool {
	facts, status := p.observed.Facts, p.ciliumStatus()
	switch status.Backend {
	case backendConfigMap:
		last := len(status.History) - 1
		wrote := last >= 0 && status.History[last].CIDR != "" && status.History[last].CIDR == status.DesiredCIDR &&
			!strings.HasPrefix(status.EffectiveSource, "CiliumNodeConfig/")
		return p.object.Spec.Cilium.WriteTo == v1alpha1.WriteConfigMap && wrote && !facts.Applied.IsValid()
	case backendIPMasqAgent:
		return len(facts.IPMasq.Lost()) > 0
	case backendAWSNode:
		return p.before.Status.Cilium != nil && wasConfigured(p.before) && facts.AWSNode != nil && facts.AWSNode.Ours == nil
	}
	return false
}

// wasConfigured: what was decided was seen in place.
func wasConfigured(object *v1alpha1.PeeredCluster) bool {
	was := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
	return was != nil && (was.Reason == v1alpha1.ReasonConfigured || was.Reason == v1alpha1.ReasonProgressing)
}

// reverter is who took it back, as managedFields tell: who holds the field now, or
// who wrote to the object since. Who only removes a field leaves no trace in them;
// then all who write to the object are named.
func (p *pass) reverter() string {
	install := p.observed.Install
	entries, holders := install.Managed[install.Namespace+"/"+cilium.ConfigMapName], p.observed.Facts.KeyHolders
	switch p.ciliumStatus().Backend {
	case backendIPMasqAgent:
		entries, holders = install.Managed[install.Namespace+"/"+cilium.IPMasqConfigMapName], nil
	case backendAWSNode:
		if install.AWSNode != nil {
			entries, holders = install.AWSNode.ManagedFields, p.observed.Facts.AWSNode.Others
		}
	}
	if len(holders) > 0 {
		return strings.Join(holders, " and ")
	}
	return p.owner().Suspects(entries, p.lastWrite())
}

// lastWrite is when we wrote last, as far as it is known.
func (p *pass) lastWrite() time.Time {
	for _, period := range slices.Backward(p.ciliumStatus().History) {
		if period.CIDR != "" {
			return period.From.Time
		}
	}
	return time.Time{}
}
