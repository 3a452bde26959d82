package peeredcluster

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// clusterWideSelection is what the planner is told of a value that every agent which
// starts reads (C6 does not hold; C5 does, for no agent of ours is recreated but under
// an empty node). Until a canary has passed it counts as written for that one alone, so
// that it is withdrawn if the canary fails; then as written for all but the nodes that
// are stale, which is what they would be told if they could be.
func (c *configuration) clusterWideSelection(revision string, nodes []rollout.Node) rollout.RevisionSelection {
	selection := rollout.RevisionSelection{Revision: revision}
	switch {
	case revision == "" || !c.live(revision):
		return selection
	case c.released(revision):
		selection.Mode = cilium.SelectAllBut
	default:
		selection.Mode = cilium.SelectCanary
	}
	for i := range nodes {
		if listed(&nodes[i], selection) {
			selection.Hostnames = append(selection.Hostnames, nodes[i].Hostname)
		}
	}
	slices.Sort(selection.Hostnames)
	return selection
}

// listed: the canary in progress, or a node that would be held back.
func listed(node *rollout.Node, selection rollout.RevisionSelection) bool {
	record := node.Record
	underWay := record.Processed() && record.Revision == selection.Revision && record.Held() && record.Failed == ""
	if selection.Mode == cilium.SelectCanary {
		return underWay
	}
	return !underWay && node.Freshness == rollout.FreshnessStale && node.Hostname != ""
}

// live: the value of the revision is what agents that start get, from us, or from
// who was asked to set it, or sets it now.
func (c *configuration) live(revision string) bool {
	value, facts := c.valueOf(revision), c.view.Facts
	switch {
	case !value.IsValid():
		return false
	case c.decision.SetByOthers:
		return revision == c.decision.Revision
	case c.valueBackend().Name() == backend.Manual:
		return value == facts.Boot.CIDR
	}
	return value == facts.Applied || len(facts.Nodes) > 0 && value == facts.Nodes[0].Baseline.CIDR
}

// released: the canary has passed, or the value is older than all we know of, or
// somebody else set it: then there is nothing to withdraw.
func (c *configuration) released(revision string) bool {
	canary, history := c.ciliumStatus().Canary, c.ciliumStatus().History
	passed := canary != nil && canary.Revision == revision && canary.State == v1alpha1.CanaryPassed
	lost := len(history) > 0 && history[0].CIDR == text(c.valueOf(revision))
	return passed || lost || !c.view.Facts.Applied.IsValid()
}
