package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// VPCPeeringStatus is what was observed of a peering.
type VPCPeeringStatus struct {
	// The generation of the spec that the conditions speak of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Ready, the steps in pipeline order, and Reconciling or Stalled while they
	// are true. Without verification, Ready does not say that pods talk: it says
	// that everything they need was seen in place.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:XValidation:rule="self.all(c, c.lastTransitionTime >= timestamp('1970-01-01T00:00:00Z'))",message="lastTransitionTime must be a time such as 2026-11-30T12:00:00Z"
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Id of the peering connection.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	PeeringConnectionID string `json:"peeringConnectionID,omitempty"`

	// True when the connection was made by somebody else and is only used
	// (adoptionPolicy: UseExisting): it is never deleted or re-tagged. It is false
	// for a connection that spec.adopt names.
	// +optional
	Adopted bool `json:"adopted,omitempty"`

	// The last request for a connection, while it stands rejected or failed: nobody
	// asks again before a person changes the spec or the annotation
	// networking.crossvpc.io/reconcile, however soon AWS forgets the request.
	// +optional
	Refused *RefusedRequest `json:"refused,omitempty"`

	// What the requester resolved to. Account, region and VPC are pinned: a spec
	// or a cluster that resolves otherwise later is refused.
	// +optional
	Requester *SideStatus `json:"requester,omitempty"`

	// What the accepter resolved to.
	// +optional
	Accepter *SideStatus `json:"accepter,omitempty"`

	// What crossvpc made or adopted, or is about to, in AWS: the record of what it
	// may remove. Written before each call.
	// +optional
	Inventory *Inventory `json:"inventory,omitempty"`

	// Keys of spec.tags that crossvpc set on the connection and on group rules: when
	// one leaves the spec, only what is named here is taken off them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=128
	TagKeys []string `json:"tagKeys,omitempty"`

	// What is left to do. Present in mode Plan, and where spec.approvedPlan is set.
	// +optional
	Plan *Plan `json:"plan,omitempty"`

	// The plan that spec.approvedPlan names, as far as it is known.
	// +optional
	Approval *PlanApproval `json:"approval,omitempty"`

	// What the probe pods found when they last ran. Present only where
	// spec.verification is enabled.
	// +optional
	Verification *VerificationStatus `json:"verification,omitempty"`

	// What a reading of routes, groups and network ACLs says about the path between
	// the two sides' pods. For information; nothing waits for it.
	// +optional
	Path *PathStatus `json:"path,omitempty"`

	// Value of the annotation networking.crossvpc.io/reconcile that was last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`
}

// RefusedRequest is a request for a connection that came to nothing.
type RefusedRequest struct {
	// Id of the connection that was requested.
	// +required
	// +kubebuilder:validation:MaxLength=32
	ConnectionID string `json:"connectionID"`
	// Account that was asked to accept: either side may have requested a connection that
	// crossvpc uses.
	// +optional
	AccountID AccountID `json:"accountID,omitempty"`
	// PeeringRejected or PeeringFailed.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// What AWS said.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
	// The generation of the spec that was refused.
	// +required
	Generation int64 `json:"generation"`
	// Value of the annotation networking.crossvpc.io/reconcile at that time.
	// +optional
	// +kubebuilder:validation:MaxLength=256
	ReconcileAt string `json:"reconcileAt,omitempty"`
	// Blocks of both VPCs at that time.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=80
	CIDRBlocks []string `json:"cidrBlocks,omitempty"`
	// True when these blocks have changed since: a failed request is then made again.
	// +optional
	BlocksChanged bool `json:"blocksChanged,omitempty"`
}

// SideStatus is what one side resolved to.
type SideStatus struct {
	// Account that owns the VPC. Pinned.
	// +optional
	AccountID AccountID `json:"accountID,omitempty"`
	// Region of the VPC. Pinned.
	// +optional
	Region Region `json:"region,omitempty"`
	// Id of the VPC. Pinned.
	// +optional
	VPCID VPCID `json:"vpcID,omitempty"`
	// AWSIdentity that acts on this side.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Identity string `json:"identity,omitempty"`
	// Whose the security groups are. Present only where
	// spec.<side>.securityGroups.identityRef is set: the VPC is shared.
	// +optional
	SecurityGroups *GroupsOwner `json:"securityGroups,omitempty"`
	// Blocks of the VPC that are associated, IPv4 first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=43
	CIDRBlocks []string `json:"cidrBlocks,omitempty"`
	// PeeredClusters in this VPC; while changes of the spec wait for approval, also those
	// that left it.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:items:MaxLength=63
	Clusters []string `json:"clusters,omitempty"`
}

// GroupsOwner is the account that security groups in a shared VPC belong to.
type GroupsOwner struct {
	// Account that owns the security groups. Pinned once a rule was made there.
	// +required
	AccountID AccountID `json:"accountID"`
	// AWSIdentity that acts on the security groups.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Identity string `json:"identity"`
}

// VerificationStatus is the result of the last run of probe pods.
type VerificationStatus struct {
	// When the last run ended.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	LastRunTime *metav1.Time `json:"lastRunTime,omitempty"`
	// When the run under way began; absent: none is.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	RunStartTime *metav1.Time `json:"runStartTime,omitempty"`
	// Runs in a row that failed.
	// +optional
	FailedRuns int32 `json:"failedRuns,omitempty"`
	// What kept probe pods from running or getting through, and what the run does not
	// prove; at most 20.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Findings []Finding `json:"findings,omitempty"`
	// What each probe found, at most 16.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Results []ProbeResult `json:"results,omitempty"`
	// What the probes of the last run measured from one cluster to another; each direction
	// has its own entry. At most 32, those with the most failures first.
	// +optional
	// +listType=map
	// +listMapKey=from
	// +listMapKey=to
	// +kubebuilder:validation:MaxItems=32
	Directions []ProbeDirection `json:"directions,omitempty"`
}

// ProbeDirection is what the probes from the pods of one cluster to those of another measured.
type ProbeDirection struct {
	// PeeredCluster of the pods that called.
	// +required
	// +kubebuilder:validation:MaxLength=253
	From string `json:"from"`
	// PeeredCluster of the pods that were called.
	// +required
	// +kubebuilder:validation:MaxLength=253
	To string `json:"to"`
	// Probes that were run.
	// +required
	Probes int32 `json:"probes"`
	// Probes that passed.
	// +required
	Passed int32 `json:"passed"`
	// Attempts to connect that were measured: 10 for each probe that connected.
	// +optional
	Attempts int32 `json:"attempts,omitempty"`
	// Attempts that lost a packet, there or back: no connection within 1 second, which is when
	// TCP sends again.
	// +optional
	Lost int32 `json:"lost,omitempty"`
	// How long a TCP connection took to open, in microseconds, which is one round trip and
	// what the nodes add to it. Absent: none opened.
	// +optional
	ConnectMicroseconds *ProbeTimes `json:"connectMicroseconds,omitempty"`
	// The largest IP packet, in bytes, that every probe of this direction sent while 64 KiB
	// passed: TCP's segment in use after path MTU discovery, with its headers. Larger ones
	// were not tried. Absent: no transfer passed.
	// +optional
	LargestPacketBytes int32 `json:"largestPacketBytes,omitempty"`
}

// ProbeTimes sums up what took differently long.
type ProbeTimes struct {
	// The shortest.
	// +required
	Min int64 `json:"min"`
	// The median; of several probes the median of theirs.
	// +required
	Median int64 `json:"median"`
	// The longest.
	// +required
	Max int64 `json:"max"`
}

// ProbeResult is one attempt of a pod on one side to reach a pod on the other.
type ProbeResult struct {
	// PeeredCluster and node of the pod that called.
	// +required
	// +kubebuilder:validation:MaxLength=320
	From string `json:"from"`
	// PeeredCluster and node of the pod that was called.
	// +required
	// +kubebuilder:validation:MaxLength=320
	To string `json:"to"`
	// True when it was answered, the pod's own address was seen, and a large
	// transfer passed.
	// +required
	Passed bool `json:"passed"`
	// What went wrong, in one word.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// What went wrong, and which hop the evidence points to.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}

// PathStatus is what a reading of the path says.
type PathStatus struct {
	// What blocks traffic or is worth knowing, at most 20.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Findings []Finding `json:"findings,omitempty"`

	// What could not be read, at most 20: what findings do not name may be in the way there.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=1024
	Unread []string `json:"unread,omitempty"`
}

// Finding is one thing that was found.
type Finding struct {
	// Which kind of thing, such as RouteMissing or NetworkACLDenies.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// What is wrong, where, and what to do.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
}
