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

// Driver names how a node is brought up to date.
type Driver string

const (
	// DriverNone marks a node that is reported and never touched (Fargate, or a group that cannot be proven).
	DriverNone Driver = ""
	// DriverRecycle empties the node and makes its agent anew in place.
	DriverRecycle Driver = "Recycle"
	// DriverRestart makes the agent anew under the pods that are there. It needs an agent that gives them their rules
	// anew when it starts (C5).
	DriverRestart Driver = "Restart"
	// DriverAutoScalingGroup empties the node and has its Auto Scaling group replace the instance.
	DriverAutoScalingGroup Driver = "AutoScalingGroup"
	// DriverNodePool leaves the node to Karpenter, which replaces it once its NodePool is marked.
	DriverNodePool Driver = "NodePool"
)
