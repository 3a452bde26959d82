package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PeeredClusterSpec says how to reach a cluster, what may be done to its Cilium
// configuration, and how its nodes may be renewed.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.region) || (has(self.region) && self.region == oldSelf.region)",message="region is immutable: create another PeeredCluster"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.vpcID) || (has(self.vpcID) && self.vpcID == oldSelf.vpcID)",message="vpcID is immutable: create another PeeredCluster"
type PeeredClusterSpec struct {
	// How to reach the cluster's API server.
	// +required
	Access ClusterAccess `json:"access"`

	// The AWSIdentity for this cluster's account. Left out: AWSIdentity/default.
	// +optional
	IdentityRef *LocalName `json:"identityRef,omitempty"`

	// Region of the cluster. Discovered when left out. Immutable once set.
	// +optional
	Region Region `json:"region,omitempty"`

	// VPC of the cluster. Discovered when left out. Immutable once set.
	// +optional
	VPCID VPCID `json:"vpcID,omitempty"`

	// Namespaces whose VPCPeerings may name this cluster. Empty admits none.
	// +optional
	// +default={}
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitempty,omitzero"`

	// What may be done to Cilium's configuration.
	// +optional
	// +default={}
	Cilium CiliumPolicy `json:"cilium,omitempty,omitzero"`

	// How nodes may be renewed.
	// +optional
	// +default={}
	Rollout RolloutPolicy `json:"rollout,omitempty,omitzero"`
}

// ClusterAccess is exactly one way to reach a cluster.
// +kubebuilder:validation:ExactlyOneOf=local;eks;kubeConfigSecretRef
type ClusterAccess struct {
	// The cluster that crossvpc runs in.
	// +optional
	Local *LocalAccess `json:"local,omitempty"`

	// An EKS cluster. Address and certificate authority are asked of EKS, and tokens are
	// made from the identity (spec.identityRef), which needs eks:DescribeCluster and an
	// access entry in the cluster; docs/access.md has both.
	// +optional
	EKS *EKSAccess `json:"eks,omitempty"`

	// A Secret in crossvpc's own namespace that holds a kubeconfig under the key
	// "value" (as Cluster API writes it) or "kubeconfig". Plugins (exec,
	// auth-provider), file paths, plain http and insecure-skip-tls-verify are refused.
	// +optional
	KubeConfigSecretRef *SecretName `json:"kubeConfigSecretRef,omitempty"`
}

// LocalAccess has no settings.
type LocalAccess struct{}

// EKSAccess names an EKS cluster.
type EKSAccess struct {
	// Name of the EKS cluster.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[0-9A-Za-z][A-Za-z0-9_-]*$`
	Name string `json:"name"`
	// Region of the EKS cluster.
	// +required
	Region Region `json:"region"`
}

// SecretName names a Secret in crossvpc's namespace.
type SecretName struct {
	// Name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	Name string `json:"name"`
}

// CiliumPolicy says what may be done to Cilium's configuration.
type CiliumPolicy struct {
	// Namespace that Cilium runs in.
	// +optional
	// +default="kube-system"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// Auto: set the native routing CIDR where it is needed. NativeRoutingCIDR: the
	// same. IPMasqAgent: add the peers' blocks to the list of the ip-masq-agent; it
	// needs Cilium 1.19 or later with BPF masquerading and the agent enabled, takes
	// effect on all nodes at once, and is never picked by Auto. None: observe only.
	// +optional
	// +default="Auto"
	Strategy CiliumStrategy `json:"strategy,omitempty"`

	// Where to write. CiliumNodeConfig: an object of our own, which reaches a node
	// only when that node is processed. ConfigMap: the one key in Cilium's ConfigMap;
	// an agent that restarts anywhere then reads it, so nothing can be held back.
	// Manual: status says what to set, and crossvpc waits until it is set.
	// +optional
	// +default="CiliumNodeConfig"
	WriteTo CiliumWriteTo `json:"writeTo,omitempty"`

	// Use this value instead of a computed one. It must contain the VPC's primary
	// block, the value in force without crossvpc, and every peer's IPv4 blocks.
	// +optional
	// +kubebuilder:validation:MaxLength=18
	// +kubebuilder:validation:XValidation:rule="isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self) == cidr(self).masked() && cidr(self).prefixLength() >= 8",message="nativeRoutingCIDR must be a canonical IPv4 CIDR of /8 or longer, such as 10.8.0.0/13"
	NativeRoutingCIDR string `json:"nativeRoutingCIDR,omitempty"`

	// Address space inside the native routing CIDR that is neither ours nor a
	// peer's, that a route table reaches, and that may lose masquerading: traffic
	// to it leaves with the pod's address. The message of CiliumConfigured names
	// the blocks to acknowledge.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=18
	// +kubebuilder:validation:XValidation:rule="self.all(c, isCIDR(c) && cidr(c).ip().family() == 4 && cidr(c) == cidr(c).masked())",message="acknowledgedCIDRs must be canonical IPv4 CIDRs such as 10.13.0.0/16"
	AcknowledgedCIDRs []string `json:"acknowledgedCIDRs,omitempty"`

	// Enabled keeps a CiliumCIDRGroup for each peering, named
	// crossvpc-<namespace>.<name>, with the peer's blocks, so that network policies
	// can name the other side. No policy is written.
	// +optional
	// +default="Disabled"
	CIDRGroups CiliumCIDRGroups `json:"cidrGroups,omitempty"`
}

// CiliumCIDRGroups says whether a CiliumCIDRGroup is kept for each peering.
// +kubebuilder:validation:Enum=Disabled;Enabled
type CiliumCIDRGroups string

const (
	// CIDRGroupsDisabled keeps none.
	CIDRGroupsDisabled CiliumCIDRGroups = "Disabled"
	// CIDRGroupsEnabled keeps one for each peering.
	CIDRGroupsEnabled CiliumCIDRGroups = "Enabled"
)

// CiliumStrategy is a way to make Cilium route natively to the peers.
// +kubebuilder:validation:Enum=Auto;NativeRoutingCIDR;IPMasqAgent;None
type CiliumStrategy string

const (
	// CiliumAuto picks NativeRoutingCIDR where work is needed.
	CiliumAuto CiliumStrategy = "Auto"
	// CiliumNativeRoutingCIDR sets ipv4-native-routing-cidr.
	CiliumNativeRoutingCIDR CiliumStrategy = "NativeRoutingCIDR"
	// CiliumIPMasqAgent uses the ip-masq-agent's list.
	CiliumIPMasqAgent CiliumStrategy = "IPMasqAgent"
	// CiliumNone observes only.
	CiliumNone CiliumStrategy = "None"
)

// CiliumWriteTo is where the value is written.
// +kubebuilder:validation:Enum=CiliumNodeConfig;ConfigMap;Manual
type CiliumWriteTo string

const (
	// WriteCiliumNodeConfig writes objects of our own.
	WriteCiliumNodeConfig CiliumWriteTo = "CiliumNodeConfig"
	// WriteConfigMap writes one key of Cilium's ConfigMap.
	WriteConfigMap CiliumWriteTo = "ConfigMap"
	// WriteManual prints the Helm values and waits.
	WriteManual CiliumWriteTo = "Manual"
)

// RolloutPolicy says how nodes may be renewed.
type RolloutPolicy struct {
	// Auto: the least disruptive mechanism that is sufficient; status.rollout says
	// which and why. ReplaceNodes: drain, then have the instance replaced by its Auto
	// Scaling group, or by Karpenter with the budgets of the NodePool. RecyclePods:
	// drain and renew the Cilium agent in place. RestartAgents: renew the agents
	// alone; refused where that leaves pods without a way out (Cilium before 1.19.8,
	// 1.20.0 and 1.20.1). OnDelete: only report which nodes are stale; nodes then
	// don't count for Ready.
	// +optional
	// +default="Auto"
	Strategy RolloutStrategy `json:"strategy,omitempty"`

	// Automatic: start when the value is settled. Manual: show in
	// status.rollout.preview what would be done, and wait for approvedRevision.
	// +optional
	// +default="Automatic"
	Approval RolloutApproval `json:"approval,omitempty"`

	// With approval Manual: the revision, from status.rollout.preview.revision, that
	// may be rolled out. A later revision needs a new approval.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9a-z]*$`
	ApprovedRevision string `json:"approvedRevision,omitempty"`

	// Nodes that may be absent, not Ready or cordoned at once, whoever caused it. 1 to 100.
	// +optional
	// +default=1
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxUnavailable int32 `json:"maxUnavailable,omitempty"`

	// How long a drain may take before the node is given back (uncordoned) and
	// reported as blocked. Pods are never forced. 30 to 86400 seconds.
	// +optional
	// +default=900
	// +kubebuilder:validation:Minimum=30
	// +kubebuilder:validation:Maximum=86400
	DrainTimeoutSeconds int32 `json:"drainTimeoutSeconds,omitempty"`

	// How long a renewed node or agent must stay Ready before it counts. 0 to 3600 seconds.
	// +optional
	// +default=30
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	MinReadySeconds *int32 `json:"minReadySeconds,omitempty"`

	// How long a replacement may take to become Ready before the rollout stops.
	// 60 to 86400 seconds.
	// +optional
	// +default=1800
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=86400
	ProgressDeadlineSeconds int32 `json:"progressDeadlineSeconds,omitempty"`

	// How long the set of peerings must be unchanged before a value is written:
	// ten peerings merged in one commit make one rollout. 0 to 3600 seconds.
	// +optional
	// +default=60
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	SettleSeconds *int32 `json:"settleSeconds,omitempty"`

	// When a node may be started on. Nodes in flight are finished also after its end.
	// Left out: at any time.
	// +optional
	Window *RolloutWindow `json:"window,omitempty"`

	// True starts no further node. A node that is still being drained is given back;
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

// RolloutWindow is a daily time span in which nodes may be started on.
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
	// IANA time zone.
	// +optional
	// +default="Etc/UTC"
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`
}

// PeeredCluster is a cluster that takes part in peerings. The one rollout per
// cluster has its status here.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=pcl,categories={aws,network},path=peeredclusters
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="VPC",type=string,JSONPath=`.status.vpcID`
// +kubebuilder:printcolumn:name="Cilium",type=string,JSONPath=`.status.cilium.version`
// +kubebuilder:printcolumn:name="CIDR",type=string,JSONPath=`.status.cilium.desiredCIDR`
// +kubebuilder:printcolumn:name="Current",type=integer,JSONPath=`.status.nodes.current`
// +kubebuilder:printcolumn:name="Nodes",type=integer,JSONPath=`.status.nodes.total`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
type PeeredCluster struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// How to reach it and what may be done.
	// +required
	Spec PeeredClusterSpec `json:"spec"`

	// What was observed. Written by crossvpc alone.
	// +optional
	// +default={"observedGeneration":-1}
	Status PeeredClusterStatus `json:"status,omitempty"`
}

// PeeredClusterList is a list of PeeredClusters.
//
// +kubebuilder:object:root=true
type PeeredClusterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PeeredCluster `json:"items"`
}
