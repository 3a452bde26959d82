package rollout

import (
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// configure writes the configuration that this decision calls for.
func (p *planner) configure() {
	if p.in.Target == "" {
		return
	}
	want, kind, why := p.wantedSelection()
	if !want.Equal(p.selection) {
		p.add(Step{Kind: kind, Selection: &want, Why: why})
	}
}

func (p *planner) wantedSelection() (RevisionSelection, StepKind, string) {
	if p.released() {
		return p.allBut(), StepUpdateHoldBack, ""
	}
	if why := p.releasable(); why != "" && !p.withheld() {
		return p.allBut(), StepReleaseForAll, why
	}
	if n := p.canary(); n != nil && p.workedOn(n) {
		return RevisionSelection{p.in.Target, cilium.Selection{Mode: cilium.SelectCanary, Hostnames: []string{n.Hostname}}}, StepWriteCanaryConfig, ""
	}
	if p.provenAlone() {
		return p.selection, StepWriteCanaryConfig, ""
	}
	return RevisionSelection{Revision: p.in.Target}, StepRevertCanary, "no canary is on trial"
}

// releasable says why the value may be written for all; empty when it may not. One node that we processed, or that
// came for one we replaced, has to run it (N5), except where no node could be disturbed or none would be.
func (p *planner) releasable() string {
	for _, n := range p.nodes {
		if r := p.after[n.Name]; r.processedFor(p.in.Target) && r.Failed == "" && n.done(p.in) {
			return "node " + n.Name + " already runs it"
		}
	}
	switch {
	case p.gate != nil && p.gate.state == StateOnDelete:
		return "strategy OnDelete: only joining nodes get it"
	case p.gate == nil && len(p.nodes) > 0 && !slices.ContainsFunc(p.nodes, func(n *Node) bool { return n.Freshness != FreshnessCurrent && !n.off() }):
		return "every node is current"
	default:
		return ""
	}
}

// provenAlone reports whether the value stays with a canary that passed while nothing may be released.
func (p *planner) provenAlone() bool {
	return p.selection.Mode == cilium.SelectCanary && slices.ContainsFunc(p.nodes, func(n *Node) bool {
		r := p.after[n.Name]
		return r.processedFor(p.in.Target) && r.Canary && r.Failed == "" && p.selection.Reaches(n.Hostname)
	})
}

// allBut holds back every node that runs an older value and is not processed (C6).
func (p *planner) allBut() RevisionSelection {
	held := []string{}
	for _, n := range p.nodes {
		if n.Hostname != "" && !p.workedOn(n) && p.heldBack(n) {
			held = append(held, n.Hostname)
		}
	}
	slices.Sort(held)
	return RevisionSelection{p.in.Target, cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: slices.Compact(held)}}
}

// workedOn reports whether the value may reach the node because we are working on it. A record from earlier is not enough:
// the same value may have been withdrawn and wanted again since.
func (p *planner) workedOn(n *Node) bool {
	r := p.after[n.Name]
	return r.processedFor(p.in.Target) && r.Held() && r.Failed == ""
}

// heldBack leaves a node where it is while it cannot be told what it runs: a node that is booting reads the newest value
// unless it is listed, and an old one whose agent is away reads the old value as long as it is.
func (p *planner) heldBack(n *Node) bool {
	_, ready := n.readySince()
	switch {
	case !p.released():
		return n.Freshness == FreshnessStale || n.Freshness == FreshnessUnknown
	case n.Freshness == FreshnessStale && ready:
		return true
	case n.Freshness == FreshnessStale || n.Freshness == FreshnessUnknown:
		return !p.selection.Reaches(n.Hostname)
	default:
		return false
	}
}
