package v1alpha1

// RolloutPolicy says how nodes may be renewed.
type RolloutPolicy struct {
	// Auto: the least disruptive mechanism that is sufficient; status.rollout says
	// which and why. ReplaceNodes: drain, then let the instance be replaced by its Auto
	// Scaling group, or by Karpenter with the budgets of the NodePool. RecyclePods:
	// drain and renew the Cilium agent in place. RestartAgents: renew the agents
	// alone; refused where that leaves pods without a working route (Cilium before 1.19.8,
	// 1.20.0 and 1.20.1). OnDelete: only report which nodes are stale; nodes then
	// do not count for Ready. Default: Auto.
	// +optional
	// +default="Auto"
	Strategy RolloutStrategy `json:"strategy,omitempty"`

	// Automatic: start when the value is settled. Manual: show in
	// status.rollout.preview what would be done, and wait for approvedRevision.
	// Default: Automatic.
	// +optional
	// +default="Automatic"
	Approval RolloutApproval `json:"approval,omitempty"`

	// With approval Manual: the revision, from status.rollout.preview.revision, that
	// may be rolled out. A later revision needs a new approval. In any case: lets nodes be
	// replaced also where their Auto Scaling group now launches another launch template.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9a-z]*$`
	ApprovedRevision string `json:"approvedRevision,omitempty"`

	// Nodes that may be absent, not Ready or cordoned at once, whoever caused it. 1 to 100.
	// Default: 1.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxUnavailable int32 `json:"maxUnavailable,omitempty"`

	// How long a drain may take before the node is uncordoned again and
	// reported as blocked. Pods are never forced. 30 to 86400 seconds. Default: 900.
	// +optional
	// +default=900
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=86400
	DrainTimeoutSeconds int32 `json:"drainTimeoutSeconds,omitempty"`

	// How long a renewed node or agent must stay Ready before it counts. 0 to 3600 seconds.
	// Default: 30.
	// +optional
	// +default=30
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	MinReadySeconds *int32 `json:"minReadySeconds,omitempty"`

	// How long a replacement may take to become Ready before the rollout stops.
	// 60 to 86400 seconds. Default: 1800.
	// +optional
	// +default=1800
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=86400
	ProgressDeadlineSeconds int32 `json:"progressDeadlineSeconds,omitempty"`

	// How long the set of peerings must be unchanged before a value is written:
	// ten peerings merged in one commit make one rollout. 0 to 3600 seconds. Default: 60.
	// +optional
	// +default=60
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	SettleSeconds *int32 `json:"settleSeconds,omitempty"`

	// When work on a node may start. Nodes in progress are finished also after its end.
	// Left out: at any time.
	// +optional
	Window *RolloutWindow `json:"window,omitempty"`

	// Whether Karpenter may force pods out for a new value. Where a node's NodeClaim has a
	// terminationGracePeriod, Karpenter forces out, when that time is over, also pods that
	// ask not to be disturbed (karpenter.sh/do-not-disrupt) and pods whose
	// PodDisruptionBudget never allows an eviction. Forbidden: a NodePool is not marked
	// while such a node of it has such a pod, and the pod is named. Allowed: it is marked
	// all the same.
	// Default: Forbidden.
	// +optional
	// +default="Forbidden"
	ForcedEvictions ForcedEvictions `json:"forcedEvictions,omitempty"`

	// PeeredClusters that must be up to date before a node of this one is renewed: name the
	// canary cluster here. A peering that both take part in must have reached them, too. A
	// cluster whose nodes crossvpc does not renew (strategy OnDelete, or cilium.strategy None)
	// is not waited for. At most 8. One that does not exist, and a cycle, hold this cluster back
	// (InvalidOrder). Whatever is named here, no more clusters renew nodes at once than the
	// manager's flag --max-clusters-at-once allows.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	After []LocalName `json:"after,omitempty"`

	// True starts no further node. A node that is still being drained is uncordoned again;
	// one whose value may have changed is finished.
	// +optional
	Paused bool `json:"paused,omitempty"`
}

// RolloutStrategy is a way to renew nodes.
// +kubebuilder:validation:Enum=Auto;ReplaceNodes;RecyclePods;RestartAgents;OnDelete
type RolloutStrategy string

const (
	// RolloutAuto picks the least disruptive mechanism that is sufficient.
	RolloutAuto RolloutStrategy = "Auto"
	// RolloutReplaceNodes replaces instances.
	RolloutReplaceNodes RolloutStrategy = "ReplaceNodes"
	// RolloutRecyclePods drains and renews the agent in place.
	RolloutRecyclePods RolloutStrategy = "RecyclePods"
	// RolloutRestartAgents renews agents only.
	RolloutRestartAgents RolloutStrategy = "RestartAgents"
	// RolloutOnDelete only reports.
	RolloutOnDelete RolloutStrategy = "OnDelete"
)

// RolloutApproval says who starts a rollout.
// +kubebuilder:validation:Enum=Automatic;Manual
type RolloutApproval string

const (
	// ApprovalAutomatic starts by itself.
	ApprovalAutomatic RolloutApproval = "Automatic"
	// ApprovalManual waits for a person.
	ApprovalManual RolloutApproval = "Manual"
)

// ForcedEvictions says whether Karpenter may force pods out for a new value.
// +kubebuilder:validation:Enum=Forbidden;Allowed
type ForcedEvictions string

const (
	// ForcedEvictionsForbidden marks no NodePool that would force out a pod which asks not to be disturbed.
	ForcedEvictionsForbidden ForcedEvictions = "Forbidden"
	// ForcedEvictionsAllowed marks it all the same.
	ForcedEvictionsAllowed ForcedEvictions = "Allowed"
)

// RolloutWindow is a daily time span in which work on nodes may start.
type RolloutWindow struct {
	// Days of the week on which the span begins; empty: every day.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=7
	// +kubebuilder:validation:items:Enum=Mon;Tue;Wed;Thu;Fri;Sat;Sun
	Days []string `json:"days,omitempty"`
	// Start, HH:MM.
	// +required
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
	Start string `json:"start"`
	// End, HH:MM; before or equal to start means the next day.
	// +required
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
	End string `json:"end"`
	// IANA time zone. Default: Etc/UTC.
	// +optional
	// +default="Etc/UTC"
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`
}
