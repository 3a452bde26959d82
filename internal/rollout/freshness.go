package rollout

// Freshness is what the evidence says a node runs, compared with the newest revision.
type Freshness string

const (
	// FreshnessUnknown means that there is no evidence; such a node is never started on, and is held where it is.
	FreshnessUnknown Freshness = "Unknown"
	// FreshnessCurrent means that the agent and every pod that depends on it run the newest value, or one as wide.
	FreshnessCurrent Freshness = "Current"
	// FreshnessStale means that the agent runs an older value.
	FreshnessStale Freshness = "Stale"
	// FreshnessSplit means that the agent runs the newest value above pods that were made under an older one. Those pods
	// reach the peer in neither direction, so split nodes come first.
	FreshnessSplit Freshness = "Split"
)
