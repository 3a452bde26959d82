package v1alpha1

// Condition types shared by all kinds. They follow kstatus: Reconciling and
// Stalled are present only while they are true.
const (
	// ConditionReady is True when every step that applies is True.
	ConditionReady = "Ready"
	// ConditionReconciling is present and True while work is in progress.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is present and True when nothing more happens until a
	// person acts: because of a fault, or at rest, as a person asked for; the
	// reason tells which, see [AtRest].
	ConditionStalled = "Stalled"
)

// AtRest reports whether an object that is Stalled for this reason is at rest as
// somebody asked for, and nothing is wrong: Plan, paused, waiting for an approval or
// for a new one, rollouts stopped, nodes left to whoever replaces them.
func AtRest(reason string) bool {
	switch reason {
	case ReasonPlanned, ReasonPlanOutdated, ReasonPaused, ReasonAwaitingApproval, ReasonRolloutsStopped, ReasonNodesStale:
		return true
	default:
		return false
	}
}

// Steps of a VPCPeering, in pipeline order.
const (
	// ConditionIdentitiesReady says whether both sides resolve to an account,
	// a region and a VPC that this namespace may act on.
	ConditionIdentitiesReady = "IdentitiesReady"
	// ConditionPreflightPassed says whether what can be checked before the
	// first write was found in order.
	ConditionPreflightPassed = "PreflightPassed"
	// ConditionPeeringActive says whether both sides see the connection active.
	ConditionPeeringActive = "PeeringActive"
	// ConditionSecurityGroupsReady says whether both sides admit the other's blocks.
	ConditionSecurityGroupsReady = "SecurityGroupsReady"
	// ConditionRoutesReady says whether every selected route table leads to
	// every block of the other side.
	ConditionRoutesReady = "RoutesReady"
	// ConditionDNSReady says whether the DNS options are as the spec asks.
	ConditionDNSReady = "DNSReady"
	// ConditionCiliumConfigured says whether the clusters' Cilium configuration
	// covers the other side.
	ConditionCiliumConfigured = "CiliumConfigured"
	// ConditionNodesUpToDate says whether every node carries that configuration.
	ConditionNodesUpToDate = "NodesUpToDate"
	// ConditionConnectivityVerified says whether probe pods of both sides reached
	// each other. It is a step only where spec.verification is enabled.
	ConditionConnectivityVerified = "ConnectivityVerified"
)

// ConditionPathClear says whether routes, groups and network ACLs, as they are
// read, let pods of both sides reach each other. For information: Ready does not
// count it.
const ConditionPathClear = "PathClear"

// ConditionReachable says whether a PeeredCluster's API server answers.
const ConditionReachable = "Reachable"

// ConditionNetworkConfirmed says whether EC2 confirms the subnets and security groups
// that a PeeredCluster's CiliumNodes report. For information: Ready does not count it.
const ConditionNetworkConfirmed = "NetworkConfirmed"

// VPCPeeringSteps lists the steps of a VPCPeering in pipeline order.
func VPCPeeringSteps() []string {
	return []string{
		ConditionIdentitiesReady, ConditionPreflightPassed, ConditionPeeringActive,
		ConditionSecurityGroupsReady, ConditionRoutesReady, ConditionDNSReady,
		ConditionCiliumConfigured, ConditionNodesUpToDate,
	}
}

// PeeredClusterSteps lists the steps of a PeeredCluster in pipeline order.
func PeeredClusterSteps() []string {
	return []string{ConditionReachable, ConditionCiliumConfigured, ConditionNodesUpToDate}
}
