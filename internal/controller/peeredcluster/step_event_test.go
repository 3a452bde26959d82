package peeredcluster

import (
	"regexp"
	"testing"
	"time"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/executor"
)

func TestTheEventOfAStepIsASentenceWithAReasonOfItsOwn(t *testing.T) {
	canary, another := &rollout.Record{Canary: true}, &rollout.Record{}
	heldBack := func(names ...string) *rollout.RevisionSelection {
		return &rollout.RevisionSelection{Selection: cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: names}}
	}
	for name, c := range map[string]struct {
		step         rollout.Step
		reason, note string
		warning      bool
	}{
		"the canary": {rollout.Step{Kind: rollout.StepCordon, Node: "n1", Record: canary}, "NodeCordoned",
			"Cordoned node n1 to try the new routing value there first.", false},
		"another node": {rollout.Step{Kind: rollout.StepCordon, Node: "n2", Record: another}, "NodeCordoned", "Cordoned node n2 to bring it up to date.", false},
		"uncordoned":   {rollout.Step{Kind: rollout.StepUncordon, Node: "n1", Why: "up to date"}, "NodeUncordoned", "Uncordoned node n1: up to date.", false},
		"in place": {rollout.Step{Kind: rollout.StepBegin, Node: "n1", Record: another}, "AgentRestartStarted",
			"Restarting the Cilium agent of node n1 to bring it up to date. Its pods stay.", false},
		"in place, at its end": {rollout.Step{Kind: rollout.StepFinish, Node: "n1", Why: "up to date"}, "NodeFinished", "Finished work on node n1: up to date.", false},
		"a retry":              {rollout.Step{Kind: rollout.StepForget, Node: "n1", Why: "retry"}, "NodeRetried", "Trying node n1 again, because a retry was requested.", false},
		"an instance": {rollout.Step{Kind: rollout.StepTerminateInstance, Node: "n1", Replacement: &rollout.Replacement{InstanceID: "i-1", Group: "asg-a"}},
			"InstanceTerminated", "Requested that Auto Scaling group asg-a replaces instance i-1 of node n1.", false},
		"a replacement that nobody waits for": {rollout.Step{Kind: rollout.StepClearReplacement, Replacement: &rollout.Replacement{InstanceID: "i-1", Group: "asg-a"}, Why: "Auto Scaling group asg-a does not exist any more"},
			"ReplacementEnded", "Nothing more is expected for instance i-1: Auto Scaling group asg-a does not exist any more.", false},
		"a NodePool": {rollout.Step{Kind: rollout.StepMarkNodePool, NodePool: "default", Mark: "r1", Why: "1 node"}, "NodePoolMarked",
			"Marked NodePool default with r1, so that Karpenter replaces its nodes (1 node).", false},
		"the release": {rollout.Step{Kind: rollout.StepReleaseForAll, Selection: heldBack("n1", "n2"), Why: "node n3 already runs it"}, "ValueReleased",
			"All nodes may get the new routing value except 2 that wait for their turn: n1, n2. Node n3 already runs it.", false},
		"but one": {rollout.Step{Kind: rollout.StepReleaseForAll, Selection: heldBack("n1"), Why: "node n3 already runs it"}, "ValueReleased",
			"All nodes may get the new routing value except 1 that waits for its turn: n1. Node n3 already runs it.", false},
		"for really all": {rollout.Step{Kind: rollout.StepReleaseForAll, Selection: heldBack(), Why: "every node is current"}, "ValueReleased",
			"All nodes may get the new routing value. Every node is current.", false},
		"a canary that failed": {rollout.Step{Kind: rollout.StepMarkFailed, Node: "n1", Record: canary, Why: "it is not up to date after 30m. Check the log of the Cilium agent there."},
			"CanaryFailed", "Reverting node n1 to the old value: it is not up to date after 30m. Check the log of the Cilium agent there.", true},
		"a node that is reverted": {rollout.Step{Kind: rollout.StepMarkFailed, Node: "n2", Record: another, Why: "its revision was superseded"}, "NodeReverted",
			"Reverting node n2 to the old value: its revision was superseded.", true},
		"a canary's value": {rollout.Step{Kind: rollout.StepRevertCanary, Why: "no canary is on trial"}, "CanaryReverted",
			"Withdrew the new routing value from the canary: no canary is on trial.", true},
		"nothing to tell": {rollout.Step{Kind: rollout.StepEvictPods, Node: "n1"}, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := eventOf(c.step)
			if want := (stepEvent{c.reason, c.note, c.warning}); got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
			if got.reason != "" && !regexp.MustCompile(`^([A-Z][a-z]+){2,}$`).MatchString(got.reason) {
				t.Errorf("reason %q", got.reason)
			}
		})
	}
}

func TestAnInstanceIsToldOfOnce(t *testing.T) {
	step := rollout.Step{Kind: rollout.StepTerminateInstance, Node: "n1", Replacement: &rollout.Replacement{InstanceID: "i-1", Group: "asg"}}
	other := rollout.Step{Kind: rollout.StepTerminateInstance, Node: "n2", Replacement: &rollout.Replacement{InstanceID: "i-2", Group: "asg"}}
	memory := &executor.Memory{}
	if requestedBefore(step, memory) {
		t.Error("the first request is not told")
	}
	memory.NoteTermination("i-1", time.Now())
	if !requestedBefore(step, memory) || requestedBefore(other, memory) || requestedBefore(rollout.Step{Kind: rollout.StepCordon, Node: "n1"}, memory) {
		t.Error("a request is told again, or something else is not told")
	}
}
