package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PeeredClusterStatus is what was observed of a cluster and of its one rollout.
type PeeredClusterStatus struct {
	// The generation of the spec that the conditions speak of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Ready, Reachable, CiliumConfigured, NodesUpToDate, and Reconciling or
	// Stalled while they are true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=10
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// UID of the cluster's kube-system namespace. Two PeeredClusters for one
	// cluster are refused, and so is a kubeconfig that suddenly leads elsewhere.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ClusterID string `json:"clusterID,omitempty"`

	// Region of the cluster.
	// +optional
	Region Region `json:"region,omitempty"`

	// VPC of the cluster.
	// +optional
	VPCID VPCID `json:"vpcID,omitempty"`

	// Blocks of the VPC that Cilium knows, the primary first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=43
	CIDRBlocks []string `json:"cidrBlocks,omitempty"`

	// Version of the API server.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// Where nodes and pods live in the VPC. Entries are only ever added while the
	// cluster is known (a node group at zero withdraws nothing).
	// +optional
	Network *ClusterNetwork `json:"network,omitempty"`

	// What Cilium runs with and what it should.
	// +optional
	Cilium *CiliumStatus `json:"cilium,omitempty"`

	// Nodes by state.
	// +optional
	Nodes *NodeCounts `json:"nodes,omitempty"`

	// How nodes are renewed here, and what a rollout would do.
	// +optional
	Rollout *RolloutStatus `json:"rollout,omitempty"`

	// Instances that were terminated, or are about to be: written before the call,
	// cleared when the successor is current.
	// +optional
	// +listType=map
	// +listMapKey=instanceID
	// +kubebuilder:validation:MaxItems=100
	Replacements []Replacement `json:"replacements,omitempty"`

	// Karpenter NodePools whose template got the annotation from which Karpenter
	// replaces their nodes: written before the annotation. Its disruption budgets
	// rule how many go at once; maxUnavailable does not apply to them.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=200
	NodePools []NodePoolMark `json:"nodePools,omitempty"`

	// Nodes that can't be renewed, at most 5.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=5
	BlockedNodes []BlockedNode `json:"blockedNodes,omitempty"`

	// Peerings whose blocks the native routing CIDR covers.
	// +optional
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=125
	Peerings []ClusterPeering `json:"peerings,omitempty"`
}

// ClusterNetwork is where a cluster's nodes and pods live in the VPC.
type ClusterNetwork struct {
	// Subnets of nodes and of pod interfaces.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=32
	SubnetIDs []string `json:"subnetIDs,omitempty"`

	// The different sets of security groups on interfaces that carry pods.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	InterfaceGroups []InterfaceGroups `json:"interfaceGroups,omitempty"`
}

// InterfaceGroups is a set of security groups that some interface carries.
type InterfaceGroups struct {
	// Ids of the groups, sorted.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=32
	SecurityGroupIDs []string `json:"securityGroupIDs"`
}

// CiliumStatus is what Cilium runs with and what it should.
type CiliumStatus struct {
	// Version of the agents, from their image.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`
	// Address management, such as eni.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	IPAM string `json:"ipam,omitempty"`
	// Masquerading of IPv4: Disabled, IPTables or BPF.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	Masquerade string `json:"masquerade,omitempty"`
	// Native routing CIDR that a new node boots with.
	// +optional
	// +kubebuilder:validation:MaxLength=43
	EffectiveCIDR string `json:"effectiveCIDR,omitempty"`
	// Where that value comes from, such as ConfigMap/cilium-config.
	// +optional
	// +kubebuilder:validation:MaxLength=320
	EffectiveSource string `json:"effectiveSource,omitempty"`
	// Native routing CIDR that the peerings need. Empty: none.
	// +optional
	// +kubebuilder:validation:MaxLength=43
	DesiredCIDR string `json:"desiredCIDR,omitempty"`
	// Revision of the desired value.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision,omitempty"`
	// Native routing CIDR that holds without crossvpc; empty: the VPC's primary block.
	// +optional
	// +kubebuilder:validation:MaxLength=43
	OriginalCIDR string `json:"originalCIDR,omitempty"`
	// Address space inside the desired value that would lose masquerading.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=43
	CollateralCIDRs []string `json:"collateralCIDRs,omitempty"`
	// Values that new nodes booted with, whoever set them, and when: what an agent
	// runs with is judged by its age against this. 0.0.0.0/0 stands for the time
	// in which Cilium did not masquerade.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	History []CIDRPeriod `json:"history,omitempty"`
	// How the value gets to the agents: CiliumNodeConfig, ConfigMap, Manual,
	// IPMasqAgent, or AWSNode where Amazon's own plugin routes pods.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Backend string `json:"backend,omitempty"`
	// IPv6 blocks of peers that no option makes pods reach with their own address.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=43
	UncoveredCIDRs []string `json:"uncoveredCIDRs,omitempty"`
	// When it was last seen that new nodes boot with the newest value of history; it
	// is written every ten minutes. Where that value is lost, agents made after this
	// time count as without it.
	// +optional
	ObservedTime *metav1.Time `json:"observedTime,omitempty"`
	// Since when the set of peerings has been unchanged.
	// +optional
	SettlingSince *metav1.Time `json:"settlingSince,omitempty"`
	// The canary of this revision, its state, and the nodes that already may read the value.
	// +optional
	Canary *CanaryStatus `json:"canary,omitempty"`
}

// CIDRPeriod is a value and the time it was in force.
type CIDRPeriod struct {
	// The value; empty: none of ours.
	// +optional
	// +kubebuilder:validation:MaxLength=43
	CIDR string `json:"cidr,omitempty"`
	// When it came into force.
	// +required
	From metav1.Time `json:"from"`
	// When it went out of force; absent: still in force.
	// +optional
	Until *metav1.Time `json:"until,omitempty"`
}

// CanaryState says how far a revision's canary got.
// +kubebuilder:validation:Enum=Running;Passed;Failed
type CanaryState string

const (
	// CanaryRunning is a canary in flight.
	CanaryRunning CanaryState = "Running"
	// CanaryPassed is a canary whose agent stayed Ready.
	CanaryPassed CanaryState = "Passed"
	// CanaryFailed is a canary that was reverted.
	CanaryFailed CanaryState = "Failed"
)

// CanaryStatus is the canary of a revision.
type CanaryStatus struct {
	// Revision it tries.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Revision string `json:"revision"`
	// Node it runs on.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Node string `json:"node,omitempty"`
	// Running, Passed or Failed.
	// +required
	State CanaryState `json:"state"`
	// What went wrong.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}

// NodeCounts counts nodes by state.
type NodeCounts struct {
	// All nodes that run a Cilium agent.
	// +required
	Total int32 `json:"total"`
	// Nodes whose agent and pods carry the desired value.
	// +required
	Current int32 `json:"current"`
	// Nodes that don't.
	// +required
	Stale int32 `json:"stale"`
	// Stale nodes whose agent has the value while older pods have not: their pods' traffic to the peers breaks.
	// +required
	Split int32 `json:"split"`
	// Nodes being drained or renewed.
	// +required
	InProgress int32 `json:"inProgress"`
	// Nodes that can't be renewed.
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
	// What a rollout of the desired value would do, or is doing. Absent when every
	// node is current.
	// +optional
	Preview *RolloutPreview `json:"preview,omitempty"`
	// Generation of the spec, and a hash of the annotation
	// networking.crossvpc.io/retry, for which failures were last forgotten.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	HandledRetry string `json:"handledRetry,omitempty"`
}

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
	// What will hold the drain of a node up: PodDisruptionBudgets that allow nothing,
	// pods that ask not to be disturbed. A sentence each, at most 10.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=512
	Blockers []string `json:"blockers,omitempty"`
	// How long it is expected to take, in minutes, windows and blockers left aside:
	// the canary's time plus that of the other nodes divided by maxUnavailable
	// (RestartAgents: one after the other). A node takes minReadySeconds plus 1
	// minute to renew its agent, 4 to drain it too, 8 to be replaced.
	// +optional
	ExpectedMinutes int32 `json:"expectedMinutes,omitempty"`
}

// Replacement is an instance on its way out.
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
	Since metav1.Time `json:"since"`
	// True once the NodePool was seen with it. If it is not there any more, somebody
	// took it back, and it is not written again.
	// +optional
	Seen bool `json:"seen,omitempty"`
}

// BlockedNode is a node that can't be renewed.
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

// ClusterPeering is a peering whose blocks the cluster covers.
type ClusterPeering struct {
	// Namespace of the VPCPeering.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// Name of the VPCPeering.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// The other side's blocks.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=43
	CIDRBlocks []string `json:"cidrBlocks"`
	// True when the VPCPeering was deleted with deletionPolicy Orphan: its routes
	// are still there, so it stays covered.
	// +optional
	Orphaned bool `json:"orphaned,omitempty"`
}
