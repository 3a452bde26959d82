package rollout

// Verdict is what the evidence says a node runs, compared with the newest revision.
type Verdict string

const (
	// VerdictUnknown means that there is no evidence; such a node is never started on, and is held where it is.
	VerdictUnknown Verdict = "Unknown"
	// VerdictCurrent means that the agent and every pod that depends on it run the newest value, or one as wide.
	VerdictCurrent Verdict = "Current"
	// VerdictStale means that the agent runs an older value.
	VerdictStale Verdict = "Stale"
	// VerdictSplit means that the agent runs the newest value above pods that were made under an older one. Those pods
	// reach the peer in neither direction, so split nodes come first.
	VerdictSplit Verdict = "Split"
)
