package rollout

import (
	"cmp"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// evictAgain is how soon refused or pending evictions are looked at again; kubectl drain polls at the same rate.
const evictAgain = 5 * time.Second

// Plan decides what to do in this pass. The same input, in whatever order of nodes, gives the same decision.
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
	p.steps = append(p.steps, p.late...)
	p.start()
	for _, d := range p.ways.delegates() {
		d.tell(p)
	}
	return p.decision()
}

type planner struct {
	in           Input
	ways         table
	nodes        []*Node
	replacements []replacement
	// selection is what is written for Target; cilium.SelectNone where the newest written revision is another.
	selection RevisionSelection
	// gate and hold are reasons to start nothing; at most one of them is set.
	gate, hold *gate
	steps      []Step
	// late holds steps that must not come before the configuration is written: a node that is given back after it was
	// processed is held back again first.
	late []Step
	// now holds the records as they will be when this pass is applied.
	now  map[string]*Record
	wake time.Duration
}

func newPlanner(in Input, ways table) *planner {
	p := &planner{in: in, ways: ways, now: map[string]*Record{}}
	for i := range in.Nodes {
		p.nodes = append(p.nodes, &in.Nodes[i])
		p.now[in.Nodes[i].Name] = in.Nodes[i].Record
	}
	slices.SortFunc(p.nodes, func(a, b *Node) int { return cmp.Compare(a.Name, b.Name) })
	p.replacements = match(in.Replacements, p.nodes, p.releasedBefore)
	p.selection = RevisionSelection{Revision: in.Target}
	if in.Target != "" && in.Selection.Revision == in.Target {
		p.selection = in.Selection
	}
	return p
}

// dropOldCanary takes back a value that was only tried: a newer revision, or none, is wanted now.
func (p *planner) dropOldCanary() {
	if p.in.Selection.Mode == cilium.SelectCanary && p.in.Selection.Revision != p.in.Target {
		p.add(Step{Kind: StepRevertCanary, Selection: &RevisionSelection{Revision: p.in.Selection.Revision}, Why: "the revision is superseded"})
	}
}

func (p *planner) add(step Step) {
	p.steps = append(p.steps, step)
}

// mark adds a step that writes a record on the node.
func (p *planner) mark(kind StepKind, n *Node, record *Record, why string) {
	p.now[n.Name] = record
	p.add(Step{Kind: kind, Node: n.Name, NodeUID: n.UID, Record: record, Why: why})
}

func (p *planner) act(kind StepKind, n *Node, why string) {
	p.add(Step{Kind: kind, Node: n.Name, NodeUID: n.UID, Why: why})
}

// wakeAt asks for another look at the given time.
func (p *planner) wakeAt(at time.Time) {
	p.wakeIn(at.Sub(p.in.Now))
}

func (p *planner) wakeIn(d time.Duration) {
	d = max(d, time.Second)
	if p.wake == 0 || d < p.wake {
		p.wake = d
	}
}

// past reports whether the duration has gone by since the time, and asks for a look when it has if not.
func (p *planner) past(since time.Time, d time.Duration) bool {
	if at := since.Add(d); p.in.Now.Before(at) {
		p.wakeAt(at)
		return false
	}
	return true
}

func (p *planner) releasedBefore(since time.Time) bool {
	return p.in.Target == "" || since.Before(p.in.TargetSince)
}

// released reports whether the value is written for all but those held back; before, it is only tried.
func (p *planner) released() bool { return p.selection.Mode == cilium.SelectAllBut }
