package rollout

import (
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

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
	// afterConfiguring holds steps that must not come before the configuration is written: a node that is uncordoned again
	// after it was processed is held back again first.
	afterConfiguring []Step
	// after holds the records as they will be when this decision is carried out.
	after     map[string]*Record
	lookAgain time.Duration
}

func (p *planner) add(step Step) {
	p.steps = append(p.steps, step)
}

// mark adds a step that writes a record on the node.
func (p *planner) mark(kind StepKind, n *Node, record *Record, why string) {
	p.after[n.Name] = record
	p.add(Step{Kind: kind, Node: n.Name, NodeUID: n.UID, Record: record, Why: why})
}

func (p *planner) act(kind StepKind, n *Node, why string) {
	p.add(Step{Kind: kind, Node: n.Name, NodeUID: n.UID, Why: why})
}

// lookAgainAt asks for another look at the given time.
func (p *planner) lookAgainAt(at time.Time) {
	p.lookAgainIn(at.Sub(p.in.Now))
}

func (p *planner) lookAgainIn(d time.Duration) {
	d = max(d, time.Second)
	if p.lookAgain == 0 || d < p.lookAgain {
		p.lookAgain = d
	}
}

// elapsed reports whether the duration has gone by since the time, and asks for a look when it has if not.
func (p *planner) elapsed(since time.Time, d time.Duration) bool {
	if at := since.Add(d); p.in.Now.Before(at) {
		p.lookAgainAt(at)
		return false
	}
	return true
}

func (p *planner) releasedBefore(since time.Time) bool {
	return p.in.Target == "" || since.Before(p.in.TargetSince)
}

// released reports whether the value is written for all but those held back; before, it is only tried.
func (p *planner) released() bool { return p.selection.Mode == cilium.SelectAllBut }

// gate is a reason to start nothing new. While one is closed, nodes that are not past the point of no return are given
// back; those that are, are finished.
type gate struct {
	state   State
	message string
}
