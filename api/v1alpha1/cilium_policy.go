package v1alpha1

// CiliumPolicy says what may be done to Cilium's configuration.
type CiliumPolicy struct {
	// Namespace that Cilium runs in. Default: kube-system.
	// +optional
	// +default="kube-system"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// Auto: set the native routing CIDR where it is needed. NativeRoutingCIDR: the
	// same. IPMasqAgent: add the peers' blocks to the list of the ip-masq-agent; it
	// needs Cilium 1.19 or later with BPF masquerading and the agent enabled, takes
	// effect on all nodes at once, and is never picked by Auto. None: observe only.
	// Default: Auto.
	// +optional
	// +default="Auto"
	Strategy CiliumStrategy `json:"strategy,omitempty"`

	// Where to write. CiliumNodeConfig: an object of our own, which reaches a node
	// only when that node is processed. ConfigMap: the one key in Cilium's ConfigMap;
	// an agent that restarts anywhere then reads it, so nothing can be held back.
	// Manual: status says what to set, and crossvpc waits until it is set.
	// Default: CiliumNodeConfig.
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
	// the blocks to acknowledge. A part of the Service range that a peer's block overlaps
	// (PreflightPassed of the VPCPeering names it) is acknowledged here, too.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=18
	// +kubebuilder:validation:XValidation:rule="self.all(c, isCIDR(c) && cidr(c).ip().family() == 4 && cidr(c) == cidr(c).masked())",message="acknowledgedCIDRs must be canonical IPv4 CIDRs such as 10.13.0.0/16"
	AcknowledgedCIDRs []string `json:"acknowledgedCIDRs,omitempty"`

	// Enabled keeps a CiliumCIDRGroup for each peering, named
	// crossvpc-<namespace>.<name>, with the peer's blocks, so that network policies
	// can name the other side. No policy is written. Default: Disabled.
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
