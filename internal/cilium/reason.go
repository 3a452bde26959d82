package cilium

// Reason is why a decision or a verdict is what it is. The values are those of
// conditions: they are API.
type Reason string

// Reasons of a Decision.
const (
	// ReasonNotRequired: nothing needs to change.
	ReasonNotRequired Reason = "NotRequired"
	// ReasonConfigured: a value must be in force; it is Decision.CIDR.
	ReasonConfigured Reason = "Configured"
	// ReasonCollateralRoutes: address space of others would lose masquerading.
	ReasonCollateralRoutes Reason = "CollateralRoutes"
	// ReasonNoSafeCIDR: no single prefix covers everything safely, or the pinned
	// one does not.
	ReasonNoSafeCIDR Reason = "NoSafeCIDR"
	// ReasonPodAddressesNotRoutable: pod addresses are not the VPC's.
	ReasonPodAddressesNotRoutable Reason = "PodAddressesNotRoutable"
	// ReasonManagedElsewhere: another writer sets the value, and wins.
	ReasonManagedElsewhere Reason = "ManagedElsewhere"
	// ReasonOverridesBlocked: the install does not read CiliumNodeConfigs for this option.
	ReasonOverridesBlocked Reason = "OverridesBlocked"
	// ReasonCiliumNotFound: there is no install of Cilium.
	ReasonCiliumNotFound Reason = "CiliumNotFound"
	// ReasonObserveOnly: a value is needed, and the policy forbids writing it.
	ReasonObserveOnly Reason = "ObserveOnly"
	// ReasonManual: a person is to write the value, and has not yet.
	ReasonManual Reason = "ManualChangeNeeded"
	// ReasonReverted: somebody reverted what we wrote.
	ReasonReverted Reason = "RevertedByAnother"
	// ReasonStrategyInsufficient: the strategy asked for does not help here.
	ReasonStrategyInsufficient Reason = "StrategyInsufficient"
	// ReasonMissing: what pods are routed by is not there.
	ReasonMissing Reason = "Missing"
	// ReasonClusterNotResolved: the VPC's primary block is not known yet.
	ReasonClusterNotResolved Reason = "ClusterNotResolved"
)

// Reasons of a NodeState.
const (
	// ReasonUpToDate: agent and pods run the value.
	ReasonUpToDate Reason = "UpToDate"
	// ReasonAgentOlder: the agent is not newer than the value.
	ReasonAgentOlder Reason = "AgentOlderThanValue"
	// ReasonHeldBack: the value does not reach the node yet.
	ReasonHeldBack Reason = "HeldBack"
	// ReasonPodsOlder: pods are not newer than the agent, and keep older rules.
	ReasonPodsOlder Reason = "PodsOlderThanAgent"
	// ReasonAgentMissing: no agent runs on the node.
	ReasonAgentMissing Reason = "AgentMissing"
	// ReasonAgentNotReady: the agent has the value but is not Ready.
	ReasonAgentNotReady Reason = "AgentNotReady"
	// ReasonEvidenceLost: it is not known which value the agent started with.
	ReasonEvidenceLost Reason = "EvidenceLost"
)
