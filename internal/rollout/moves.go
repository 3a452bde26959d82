package rollout

import (
	"fmt"

	"github.com/crossvpc/crossvpc/internal/message"
)

func (p *planner) evictInTime(n *Node) {
	if p.elapsed(n.Record.StartTime, p.in.Policy.DrainTimeout) {
		p.giveBack(n, Finding{Reason: BlockedDrainTimeout, Message: fmt.Sprintf("%s %s still on the node after %s.%s", message.Count(n.Evictable, "pod"), message.Verb(n.Evictable, "was", "were"), message.Duration(p.in.Policy.DrainTimeout), n.lastRefusal())})
		return
	}
	p.evict(n)
}

func (p *planner) evict(n *Node) {
	p.act(StepEvictPods, n, "")
	p.lookAgainIn(evictAgain)
}

// process passes the point of no return of an empty node.
func (p *planner) process(n *Node) {
	record := *n.Record
	record.ProcessedTime = p.in.Now
	p.mark(StepMarkProcessed, n, &record, "empty")
}

func (p *planner) markRestart(n *Node) {
	record := *n.Record
	record.RestartUID = n.Agent.UID
	p.mark(StepMarkRestart, n, &record, "")
}

// restart deletes the agent's pod, once the record says which one must go.
func (p *planner) restart(n *Node) {
	if n.Record.RestartUID == "" {
		p.markRestart(n)
	}
	p.add(Step{Kind: StepRestartAgent, Node: n.Name, NodeUID: n.UID, AgentUID: n.Agent.UID})
}

// giveBack releases the node and leaves it alone for a while that doubles each time.
func (p *planner) giveBack(n *Node, why Finding) {
	attempts := n.Record.Attempts + 1
	pause := min(backOff<<min(attempts-1, 10), backOffMax)
	p.release(n, &Record{
		Revision: n.Record.Revision, SuccessorOf: n.Record.SuccessorOf, Attempts: attempts, RetryAfter: p.in.Now.Add(pause),
		Reason: why.Reason, Message: why.Message,
	}, why.Reason)
}

// release lifts our cordon, if it is still there, and leaves the given record behind.
func (p *planner) release(n *Node, record *Record, why string) {
	p.after[n.Name] = record
	step := Step{Kind: StepUncordon, Node: n.Name, NodeUID: n.UID, Record: record, Why: why}
	if n.agentOnly() {
		step.Kind = StepFinish
	}
	if n.Record.processedFor(p.in.Target) && !record.processedFor(p.in.Target) {
		p.afterConfiguring = append(p.afterConfiguring, step)
		return
	}
	p.add(step)
}
