package peeredcluster

import (
	"cmp"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
)

// reportCilium writes what was observed and what is wanted.
func (c *configuration) reportCilium() {
	facts, status := c.view.Facts, c.ciliumStatus()
	status.Version, status.IPAM, status.Masquerade = facts.Version.String(), facts.IPAM, string(facts.Masquerade)
	if !facts.Found {
		status.Version, status.Masquerade = "", ""
	}
	status.EffectiveCIDR, status.EffectiveSource = text(facts.Boot.CIDR), facts.Boot.Source
	status.OriginalCIDR = ""
	if baselines := facts.Baselines(); len(baselines) > 0 {
		status.OriginalCIDR = baselines[0].String()
	}
	status.Backend = c.backendName()
	status.UncoveredCIDRs = cidr.Strings(c.decision.Uncovered[:min(len(c.decision.Uncovered), mostUncovered)])
	status.CollateralCIDRs = collateralBlocks(c.decision.Collateral)
	if status.DesiredCIDR != text(c.decision.CIDR) || status.Revision != c.decision.Revision {
		status.DesiredCIDR, status.Revision = text(c.decision.CIDR), c.decision.Revision
		status.SettlingSince = &metav1.Time{Time: c.start}
	}
}

func collateralBlocks(list []cilium.Collateral) []string {
	var blocks []string
	for _, collateral := range list {
		blocks = append(blocks, collateral.CIDR.String())
	}
	slices.Sort(blocks)
	return slices.Compact(blocks)
}

// mostUncovered is as many blocks as status takes.
const mostUncovered = 50

// afterUndo says what became of a value that was withdrawn with the last peering.
func (c *configuration) afterUndo() string {
	if !c.gone() || len(c.view.Facts.Nodes) == 0 {
		return ""
	}
	baseline := text(c.view.Facts.Nodes[0].Baseline.CIDR)
	another := func(period v1alpha1.CIDRPeriod) bool {
		return period.CIDR != "" && period.CIDR != baseline && period.CIDR != everywhere.String()
	}
	if !slices.ContainsFunc(c.ciliumStatus().History, another) {
		return ""
	}
	return fmt.Sprintf(" What crossvpc had set is withdrawn, and agents that start get %s. No node is renewed for that: a value that is wider than needed does no harm where no route leads.",
		cmp.Or(baseline, "the VPC's primary block"))
}
