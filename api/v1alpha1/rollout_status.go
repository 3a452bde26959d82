package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// NodeCounts counts nodes by state.
type NodeCounts struct {
	// All nodes that run a Cilium agent.
	// +required
	Total int32 `json:"total"`
	// Nodes whose agent and pods carry the desired value.
	// +required
	Current int32 `json:"current"`
	// Nodes whose agent or pods do not carry it.
	// +required
	Stale int32 `json:"stale"`
	// Stale nodes whose agent has the value while older pods do not: the traffic of these pods to the peers breaks.
	// +required
	Split int32 `json:"split"`
	// Nodes being drained or renewed.
	// +required
	InProgress int32 `json:"inProgress"`
	// Nodes that cannot be renewed.
	// +required
	Blocked int32 `json:"blocked"`
	// Nodes that crossvpc reports and never touches: Fargate, or none that a driver
	// knows how to renew. Not part of total.
	// +optional
	Unmanaged int32 `json:"unmanaged,omitempty"`
}

// RolloutStatus is how nodes are renewed.
type RolloutStatus struct {
	// The mechanism in use: what Auto picked, or what the spec asks for.
	// +optional
	Strategy RolloutStrategy `json:"strategy,omitempty"`
	// Why this one, in one sentence.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
	// Why all rollouts of this installation are stopped, as the ConfigMap
	// crossvpc-stop-rollouts says. Absent while they are not.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	Stopped string `json:"stopped,omitempty"`
	// What a rollout of the desired value would do, or is doing. Absent when every
	// node is current.
	// +optional
	Preview *RolloutPreview `json:"preview,omitempty"`
	// Whether this cluster is one of those that may renew nodes now, or waits for others.
	// Absent while no node is to be renewed, and while an approval, a pause or the like
	// keeps it from renewing one.
	// +optional
	Turn *RolloutTurn `json:"turn,omitempty"`
	// Generation of the spec, and a hash of the annotation
	// networking.crossvpc.io/retry, for which failures were last forgotten.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	HandledRetry string `json:"handledRetry,omitempty"`
}

// RolloutTurn is where a cluster is among those of the installation.
type RolloutTurn struct {
	// Rolling: its nodes are being renewed. Queued: it waits until fewer clusters renew nodes
	// than --max-clusters-at-once; who waits longest is next. Ordered: it waits for clusters in
	// spec.rollout.after. Lapsed: it has nodes in progress that do not get on, and other
	// clusters no longer wait for it.
	// +required
	State RolloutTurnState `json:"state"`
	// Since when.
	// +required
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	Since metav1.Time `json:"since"`
	// Since when no further node can be started although the state is Rolling. After a while
	// the turn passes on to another cluster.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	IdleSince *metav1.Time `json:"idleSince,omitempty"`
}

// RolloutTurnState is whether a cluster may renew nodes now.
// +kubebuilder:validation:Enum=Rolling;Queued;Ordered;Lapsed
type RolloutTurnState string

const (
	// TurnRolling renews nodes.
	TurnRolling RolloutTurnState = "Rolling"
	// TurnQueued waits until fewer clusters renew nodes.
	TurnQueued RolloutTurnState = "Queued"
	// TurnOrdered waits for clusters in spec.rollout.after.
	TurnOrdered RolloutTurnState = "Ordered"
	// TurnLapsed has nodes in progress that do not get on.
	TurnLapsed RolloutTurnState = "Lapsed"
)

// RolloutPreview is what a rollout would do, in the order it would do it.
type RolloutPreview struct {
	// Revision of the value; what spec.rollout.approvedRevision has to name.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision"`
	// True while the rollout waits for that approval.
	// +optional
	ApprovalNeeded bool `json:"approvalNeeded,omitempty"`
	// The value.
	// +optional
	// +kubebuilder:validation:MaxLength=43
	NativeRoutingCIDR string `json:"nativeRoutingCIDR,omitempty"`
	// Address space inside it that loses masquerading.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=43
	CollateralCIDRs []string `json:"collateralCIDRs,omitempty"`
	// Nodes to renew, in order, the canary first. At most 20 are listed; nodeCount counts all.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	Nodes []string `json:"nodes,omitempty"`
	// Nodes to renew.
	// +required
	NodeCount int32 `json:"nodeCount"`
	// What will block the drain of a node, or keep Karpenter from replacing it:
	// PodDisruptionBudgets that allow nothing, pods that ask not to be disturbed.
	// A sentence each, at most 10.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=512
	Blockers []string `json:"blockers,omitempty"`
	// PeeredClusters that renew nodes, or do so earlier than this one, in the order in which
	// they do: those in spec.rollout.after first. At most 20.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	WaitsFor []string `json:"waitsFor,omitempty"`
	// How long it is expected to take, in minutes, windows and blockers left aside:
	// the canary's time plus that of the other nodes divided by maxUnavailable
	// (RestartAgents: one after the other). A node takes minReadySeconds plus 1
	// minute to renew its agent, 4 to drain it too, 8 to be replaced.
	// +optional
	ExpectedMinutes int32 `json:"expectedMinutes,omitempty"`
}

// Replacement is an instance that is being replaced.
type Replacement struct {
	// Id of the instance.
	// +required
	// +kubebuilder:validation:MaxLength=32
	InstanceID string `json:"instanceID"`
	// Name of its Auto Scaling group.
	// +required
	// +kubebuilder:validation:MaxLength=255
	Group string `json:"group"`
	// When it was written down.
	// +required
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	Since metav1.Time `json:"since"`
}

// NodePoolMark is the annotation in the template of a Karpenter NodePool.
type NodePoolMark struct {
	// Name of the NodePool.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Value of the annotation.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Value string `json:"value"`
	// When it was written down.
	// +required
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	Since metav1.Time `json:"since"`
	// True once the NodePool was seen with it. If it is no longer there, somebody
	// reverted it, and it is not written again.
	// +optional
	Seen bool `json:"seen,omitempty"`
}

// BlockedNode is a node that cannot be renewed.
type BlockedNode struct {
	// Name of the node.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Why, in one word.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// Why, in one sentence.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}
