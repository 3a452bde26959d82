package rollout

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// Plan decides what to do now. The same input, in whatever order of nodes, gives the same decision.
func Plan(in Input) Decision { return plan(in, ways) }

func plan(in Input, ways table) Decision {
	p := newPlanner(in, ways)
	p.dropOldCanary()
	p.retry()
	if p.gate = p.closedGate(); p.gate == nil {
		p.hold = p.closedHold()
	}
	p.attendReplacements()
	for _, node := range p.nodes {
		p.advance(node)
	}
	p.configure()
	p.steps = append(p.steps, p.afterConfiguring...)
	p.start()
	for _, d := range p.ways.delegates() {
		d.tell(p)
	}
	return p.decision()
}

func newPlanner(in Input, ways table) *planner {
	p := &planner{in: in, ways: ways, after: map[string]*Record{}}
	for i := range in.Nodes {
		p.nodes = append(p.nodes, &in.Nodes[i])
		p.after[in.Nodes[i].Name] = in.Nodes[i].Record
	}
	slices.SortFunc(p.nodes, func(a, b *Node) int { return cmp.Compare(a.Name, b.Name) })
	p.replacements = matchReplacements(in.Replacements, p.nodes, in.Groups, p.releasedBefore)
	p.selection = RevisionSelection{Revision: in.Target}
	if in.Target != "" && in.Selection.Revision == in.Target {
		p.selection = in.Selection
	}
	return p
}

// dropOldCanary withdraws a value that was only tried: a newer revision, or none, is wanted now.
func (p *planner) dropOldCanary() {
	if p.in.Selection.Mode == cilium.SelectCanary && p.in.Selection.Revision != p.in.Target {
		p.add(Step{Kind: StepRevertCanary, Selection: &RevisionSelection{Revision: p.in.Selection.Revision}, Why: "the revision is superseded"})
	}
}
