package cilium

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/message"
)

// State is what the evidence says about a node.
type State string

const (
	// StateCurrent means: the agent and every pod run a value that contains the desired one.
	StateCurrent State = "Current"
	// StateStale means: the agent runs an older value.
	StateStale State = "Stale"
	// StateSplit means: the agent runs it above pods that keep older rules. Those pods
	// reach the peer in neither direction.
	StateSplit State = "Split"
	// StateUnknown means: there is no evidence, or not yet. The node must not be touched.
	StateUnknown State = "Unknown"
)

// NodeEvidence is what is known of one node.
type NodeEvidence struct {
	Name string
	// Created is the creation of the Node object.
	Created time.Time
	// Access is where the node differs from nodes that join.
	Access []Access
	// Proof is an earlier StateCurrent that somebody kept; nil if none did.
	Proof *Proof
	// Agent is nil if no agent runs on the node.
	Agent *Agent
	Pods  []Pod
	// Static pods say nothing of a value: nobody but the kubelet can renew their rules.
	Static []Pod
}

// Proof says that at some time the agent and every pod of a node ran a value
// that contains CIDR.
type Proof struct {
	CIDR netip.Prefix
	At   time.Time
}

// Judgement is what nodes are judged against.
type Judgement struct {
	// Desired is the value to have; the zero prefix: none, and every node is current.
	Desired netip.Prefix
	History History
}

// NodeState is the state of a node and why.
type NodeState struct {
	State   State
	Reason  Reason
	Message string
	// OldPods names, as namespace/name, the pods that keep older rules.
	OldPods []string
	// OldStatic names, as namespace/name, the static pods of a current node that keep older rules.
	OldStatic []string
}

// Judge tells what a node runs by evidence that our own writes cannot falsify
// (C7): the value in force for it when its agent was made. Where agents do not
// renew the rules of pods (docs/facts/rollout.md#what-makes-a-node-stale), pods must be younger than the agent too, except those
// of a node that was born, or proven, with a value that contains the desired one:
// its agent may have been replaced a hundred times since, and no pod is older.
func (j Judgement) Judge(node NodeEvidence) NodeState {
	if !j.Desired.IsValid() {
		return NodeState{State: StateCurrent, Reason: ReasonNotRequired, Message: "no value is desired"}
	}
	if node.Agent == nil {
		return NodeState{State: StateUnknown, Reason: ReasonAgentMissing, Message: "no Cilium agent runs on the node"}
	}
	eras := j.History.eras(node.Access)
	if judged := j.judgeAgent(node, eras); judged != nil {
		return *judged
	}
	if old := j.oldPods(node, node.Pods, eras); len(old) > 0 {
		return NodeState{State: StateSplit, Reason: ReasonPodsOlder, OldPods: old, Message: fmt.Sprintf(
			"the agent has the value, but pods that predate the agent keep older rules: %s", message.List(old))}
	}
	return NodeState{
		State: StateCurrent, Reason: ReasonUpToDate, Message: "the agent and all pods have the value",
		OldStatic: j.oldPods(node, node.Static, eras),
	}
}

// judgeAgent returns nil for an agent that has the value and is Ready. An agent
// that has it and is not Ready is no reason to work on the node.
func (j Judgement) judgeAgent(node NodeEvidence, eras []era) *NodeState {
	possible := between(eras, node.Agent.Created, node.Agent.configRead())
	proven := j.proofHolds(node, eras) && !node.Agent.Created.After(node.Proof.At)
	switch covers := proven || j.allCover(possible); {
	case covers && node.Agent.Ready:
		return nil
	case covers:
		return &NodeState{State: StateUnknown, Reason: ReasonAgentNotReady, Message: "the agent has the value but is not Ready"}
	case slices.ContainsFunc(possible, func(e era) bool { return e.unknown }) && j.mayHaveBeenCovered():
		return &NodeState{State: StateUnknown, Reason: ReasonEvidenceLost, Message: "the agent predates the recorded history of values"}
	case j.heldBack(node):
		return &NodeState{State: StateStale, Reason: ReasonHeldBack, Message: "the value is held back from the node until its turn comes"}
	}
	return &NodeState{State: StateStale, Reason: ReasonAgentOlder, Message: "the agent was not created after the value took effect"}
}

// mayHaveBeenCovered: before what is known there was a value, and it may have
// contained the desired one as the first known does. Where that does not, an older
// agent counts as one that does not have it: renewing it is at worst unnecessary.
func (j Judgement) mayHaveBeenCovered() bool {
	return len(j.History) == 0 || cidr.Contains([]netip.Prefix{j.History[0].CIDR}, j.Desired)
}

func (j Judgement) heldBack(node NodeEvidence) bool {
	i := accessTo(node.Access, j.Desired)
	return i >= 0 && node.Access[i].Since.IsZero()
}

// allCover is false for an unknown era: it has no value.
func (j Judgement) allCover(eras []era) bool {
	return !slices.ContainsFunc(eras, func(e era) bool {
		return !cidr.Contains([]netip.Prefix{e.value}, j.Desired)
	})
}

// oldPods lists those of a node's pods that some agent with another value may have given rules.
func (j Judgement) oldPods(node NodeEvidence, pods []Pod, eras []era) []string {
	if TraitsOf(node.Agent.Version).RestoreFix || j.alwaysCovered(node, eras) {
		return nil
	}
	var old []string
	for _, pod := range pods {
		if pod.dependsOnAgent() && !pod.Started.After(node.Agent.Started) {
			old = append(old, pod.Namespace+"/"+pod.Name)
		}
	}
	slices.SortFunc(old, strings.Compare)
	return old
}

// alwaysCovered: every value that an agent of this node can have read, since the
// node was born or proven, contains the desired one. No agent here has seen what came
// after the last of them read its options.
func (j Judgement) alwaysCovered(node NodeEvidence, eras []era) bool {
	born := j.allCover(between(eras, node.Created, node.Agent.configRead()))
	return born || j.proofHolds(node, eras)
}

// proofHolds: the proof is of a value as wide as the desired one, and none
// narrower was there to be read after it.
func (j Judgement) proofHolds(node NodeEvidence, eras []era) bool {
	return node.Proof != nil && cidr.Contains([]netip.Prefix{node.Proof.CIDR}, j.Desired) &&
		j.allCover(between(eras, node.Proof.At, node.Agent.configRead())[1:])
}
