package peeredcluster

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// TestWhatIsToBeKnownOfAValueIsSaidBeforeItIsWritten: a person who approves it sees that a gateway takes traffic to the peer.
func TestWhatIsToBeKnownOfAValueIsSaidBeforeItIsWritten(t *testing.T) {
	t.Parallel()
	wanted := cilium.Decision{Message: "The value is x. A gateway takes y.", Remarks: " A gateway takes y."}
	for name, c := range map[string]struct {
		written      bool
		state        rollout.State
		reason, says string
	}{
		"it waits for approval": {state: rollout.StateAwaitingApproval, reason: v1alpha1.ReasonAwaitingApproval, says: "It waits. A gateway takes y."},
		"on the canary":         {state: rollout.StateCanary, reason: v1alpha1.ReasonCanaryRunning, says: "It waits. A gateway takes y."},
		"written":               {written: true, state: rollout.StateProgressing, reason: v1alpha1.ReasonConfigured, says: wanted.Message},
	} {
		input := rollout.Input{Target: "r1"}
		if c.written {
			input.Selection = rollout.RevisionSelection{Revision: "r1", Selection: cilium.Selection{Mode: cilium.SelectAllBut}}
		}
		if got := judgeWritten(input, rollout.Decision{State: c.state, Message: "It waits."}, wanted); got.Message != c.says || got.Reason != c.reason {
			t.Errorf("%s: %s: %q, want %s: %q", name, got.Reason, got.Message, c.reason, c.says)
		}
	}
}
