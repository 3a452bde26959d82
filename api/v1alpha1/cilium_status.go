package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// CiliumStatus is what Cilium runs with and what it should.
type CiliumStatus struct {
	// Namespace of Cilium in which crossvpc has set something. Another one in
	// spec.cilium.namespace counts once that is withdrawn.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
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
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	ObservedTime *metav1.Time `json:"observedTime,omitempty"`
	// Since when the set of peerings has been unchanged.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
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
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	From metav1.Time `json:"from"`
	// When it went out of force; absent: still in force.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self >= timestamp('1970-01-01T00:00:00Z')",message="must be a time such as 2026-11-30T12:00:00Z"
	Until *metav1.Time `json:"until,omitempty"`
}

// CanaryState says how far a revision's canary got.
// +kubebuilder:validation:Enum=Running;Passed;Failed
type CanaryState string

const (
	// CanaryRunning is a canary in progress.
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
