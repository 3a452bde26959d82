package rollout

import "time"

// State is where the rollout stands; the controllers use it as the reason of the condition NodesUpToDate.
type State string

const (
	// StateUpToDate means that every node runs the newest value, or is about to boot with it, and nothing is in progress.
	StateUpToDate State = "UpToDate"
	// StateSettling means that the revision is too young to act on.
	StateSettling State = "Settling"
	// StateCanary means that one node tries the revision; the others keep the old one.
	StateCanary State = "Canary"
	// StateProgressing means that nodes are being worked on.
	StateProgressing State = "Progressing"
	// StatePaused means that the policy pauses the rollout.
	StatePaused State = "Paused"
	// StateStopped means that all rollouts of the installation are stopped.
	StateStopped State = "RolloutsStopped"
	// StateAwaitingApproval means that a person has to approve the revision.
	StateAwaitingApproval State = "AwaitingApproval"
	// StateStrategyInsufficient means that the mechanism asked for would leave pods without a way out.
	StateStrategyInsufficient State = "StrategyInsufficient"
	// StateOutsideWindow means that the policy's window is closed.
	StateOutsideWindow State = "OutsideWindow"
	// StateInvalidWindow means that the policy's window never opens.
	StateInvalidWindow State = "InvalidWindow"
	// StateWaitingForTurn means that other clusters renew nodes first.
	StateWaitingForTurn State = "WaitingForTurn"
	// StateInvalidOrder means that the order of the clusters can never be followed.
	StateInvalidOrder State = "InvalidOrder"
	// StateUpgrading means that Cilium itself is being changed.
	StateUpgrading State = "CiliumUpgrading"
	// StateUpgradePending means that agents which restart would also be changed otherwise.
	StateUpgradePending State = "CiliumUpgradePending"
	// StateOnDelete means that nodes get the value only when somebody else replaces them.
	StateOnDelete State = "OnDelete"
	// StateBlocked means that no node can be started on, or that others use up the budget.
	StateBlocked State = "Blocked"
	// StateCanaryFailed means that the canary's agent did not stay Ready on the new value, which was withdrawn.
	StateCanaryFailed State = "CanaryFailed"
	// StateProgressDeadlineExceeded means that a replacement or a renewed agent did not become Ready in time.
	StateProgressDeadlineExceeded State = "ProgressDeadlineExceeded"
	// StateEvidenceLost means that what nodes run is not known, so none is touched.
	StateEvidenceLost State = "EvidenceLost"
	// StateFinishing means that no revision is wanted any more and what is in progress is brought to an end.
	StateFinishing State = "Finishing"
)

// Reasons of a [BlockedNode], beside those of a [Finding] that was passed in.
const (
	// BlockedByOtherCordon names a node that somebody else cordoned.
	BlockedByOtherCordon = "CordonedByOthers"
	// BlockedUncordoned names a node whose cordon of ours somebody lifted.
	BlockedUncordoned = "UncordonedByOthers"
	// BlockedNotReady names a node that is not Ready, or is being deleted.
	BlockedNotReady = "NotReady"
	// BlockedAgentBarred names a node to which an agent that is restarted would not come back.
	BlockedAgentBarred = "AgentWouldNotReturn"
	// BlockedUnmanaged names a node that nothing here may touch.
	BlockedUnmanaged = "Unmanaged"
	// BlockedDrainTimeout names a node that could not be emptied in time.
	BlockedDrainTimeout = "DrainTimedOut"
	// BlockedUnknown names a node about which there is no evidence.
	BlockedUnknown = "EvidenceLost"
	// BlockedByStrategy names a node whose agent must not be restarted under its pods.
	BlockedByStrategy = "StrategyInsufficient"
	// BlockedNoHostname names a node without the label by which it could be held back.
	BlockedNoHostname = "NoHostname"
)

// MaxBlockedNodes bounds [Decision.BlockedNodes].
const MaxBlockedNodes = 5

// Decision is what to do now and what to say about it.
type Decision struct {
	// Steps are to be applied in order; the first that fails ends the reconciliation.
	Steps  []Step
	Counts Counts
	// BlockedNodes are the first [MaxBlockedNodes] by name; Counts.Blocked counts all.
	BlockedNodes []BlockedNode
	State        State
	// Message is one sentence for a person.
	Message string
	// Preview is what is left to do; nil when no node needs work.
	Preview *Preview
	// Busy is true while nodes are being renewed that were begun on before: by us, or by Karpenter on our mark.
	Busy bool
	// LookAgain is how long the decision holds if nothing in the cluster changes; zero: until something does.
	LookAgain time.Duration
}

// Counts sums up the nodes. Current, Stale and Split do not add up to Total where evidence is missing. Unmanaged nodes,
// which nothing here may touch, are counted apart; those that need work are Blocked too.
type Counts struct {
	Total, Current, Stale, Split, InProgress, Blocked, Unmanaged int
}

// BlockedNode is a node that needs work and can't be started on now.
type BlockedNode struct {
	Name    string
	Reason  string
	Message string
}

// Bounds of a [Preview].
const (
	MaxPreviewNodes    = 20
	MaxPreviewBlockers = 10
)

// Preview is what is left to do, in the order in which it is done while no node of a zone is in progress that others could
// give way to; with one node at a time that is always.
type Preview struct {
	// Nodes are the first [MaxPreviewNodes], the canary first; NodeCount counts all.
	Nodes     []string
	NodeCount int
	// Blockers says what will hold drains up, a sentence each, at most [MaxPreviewBlockers].
	Blockers []string
	// Expected is how long it will take if nothing holds it up.
	Expected time.Duration
}
