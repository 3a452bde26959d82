package v1alpha1

// VPCPeeringSide is one of the two VPCs. Name the clusters that live in it, or
// its region and id, or both.
// +kubebuilder:validation:XValidation:rule="(has(self.clusterRefs) && size(self.clusterRefs) > 0) || (has(self.region) && has(self.vpcID))",message="a side must name its clusterRefs, or its region and vpcID"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.region) || (has(self.region) && self.region == oldSelf.region)",message="region is immutable: delete the VPCPeering and create another"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.vpcID) || (has(self.vpcID) && self.vpcID == oldSelf.vpcID)",message="vpcID is immutable: delete the VPCPeering and create another"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.identityRef) || has(self.identityRef)",message="identityRef must not be removed once set: name another identity of the same account instead"
// +kubebuilder:validation:XValidation:rule="!has(self.securityGroups) || !has(self.securityGroups.identityRef) || has(self.identityRef)",message="securityGroups.identityRef must come with the side's identityRef: it names the identity of the account that owns the VPC"
type VPCPeeringSide struct {
	// The PeeredClusters in this VPC, up to 8. Region, VPC and identity are
	// discovered from them; their pods' subnets and security groups decide what
	// Auto selects. Leave it out for a VPC without clusters (one with databases,
	// say): then region and vpcID are needed.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	ClusterRefs []LocalName `json:"clusterRefs,omitempty"`

	// Region of the VPC, such as eu-west-1. Discovered from the clusters when
	// left out. Immutable once set.
	// +optional
	Region Region `json:"region,omitempty"`

	// Id of the VPC. Discovered from the clusters when left out. Immutable once set.
	// +optional
	VPCID VPCID `json:"vpcID,omitempty"`

	// The AWSIdentity to act through in this side's account. When left out: the
	// clusters' identity, else AWSIdentity/default. The identity must admit this
	// namespace in its allowedNamespaces. Where the VPC is shared with the clusters'
	// account (AWS RAM), name the identity of the VPC's owner here, and that of the
	// clusters' account in securityGroups.identityRef.
	// +optional
	IdentityRef *LocalName `json:"identityRef,omitempty"`

	// Which route tables of this VPC get routes to the peer's blocks.
	// +optional
	// +default={"tables":"Auto"}
	Routes SideRoutes `json:"routes,omitempty,omitzero"`

	// Which security groups of this VPC admit the peer's blocks, and for what.
	// +optional
	// +default={"groups":"Auto"}
	SecurityGroups SideSecurityGroups `json:"securityGroups,omitempty,omitzero"`

	// Enabled: the other side's VPC resolves the public EC2 host names of this VPC
	// to private addresses of this VPC. This is the option of this VPC's end of the
	// connection. Both VPCs must have DNS support and DNS host names on. Pods and
	// cluster meshes work without. Default: Disabled.
	// +optional
	// +default="Disabled"
	DNSResolution DNSResolution `json:"dnsResolution,omitempty"`
}

// SideRoutes selects route tables.
// +kubebuilder:validation:XValidation:rule="self.tables == 'Selected' ? ((has(self.routeTableIDs) && size(self.routeTableIDs) > 0) || (has(self.routeTableTags) && size(self.routeTableTags) > 0)) : true",message="tables: Selected must come with routeTableIDs or routeTableTags"
// +kubebuilder:validation:XValidation:rule="self.tables == 'Selected' ? true : !has(self.routeTableIDs) && !has(self.routeTableTags)",message="routeTableIDs and routeTableTags must be left out unless tables is Selected"
type SideRoutes struct {
	// Auto: the tables of the subnets that the clusters' nodes and
	// pod interfaces live in (the main table where a subnet has none of its own);
	// without clusters, all. All: every table of the VPC. Selected: those named by
	// routeTableIDs or routeTableTags. None: observe only; somebody else (Terraform,
	// say) makes the routes, and the step reports which are missing; what crossvpc made
	// before stays until this object is deleted. Tables
	// associated with a gateway are never touched. Default: Auto.
	// +optional
	// +default="Auto"
	Tables Selection `json:"tables,omitempty"`

	// Route tables by id, for Selected.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=21
	// +kubebuilder:validation:items:Pattern=`^rtb-[0-9a-f]{8,17}$`
	RouteTableIDs []string `json:"routeTableIDs,omitempty"`

	// Route tables by tag, for Selected: those that carry all of these.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="tag keys must have 1 to 128 characters"
	RouteTableTags map[string]TagValue `json:"routeTableTags,omitempty"`

	// Blocks of the peer that this side does not reach: it gets no route to them, its
	// groups do not admit them, its clusters' Cilium value and probe pods leave them
	// out. A block of the peer is left out when one of these contains the whole of
	// it. One that contains no whole block excludes nothing, and RoutesReady says so.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=43
	// +kubebuilder:validation:XValidation:rule="self.all(c, isCIDR(c) && cidr(c) == cidr(c).masked())",message="excludeCIDRs must be canonical CIDRs such as 100.64.0.0/16 (no host bits)"
	ExcludeCIDRs []string `json:"excludeCIDRs,omitempty"`

	// What to do about a table that carries the tags of ACK (AWS Controllers for
	// Kubernetes, also as a capability of EKS), whose controller removes routes that it
	// does not know. Refuse: stop before the first write, with reason ManagedElsewhere.
	// Acknowledge: use it all the same. Default: Refuse.
	// +optional
	// +default="Refuse"
	ManagedElsewhere ManagedPolicy `json:"managedElsewhere,omitempty"`
}

// SideSecurityGroups selects security groups and what they admit.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.identityRef) || has(self.identityRef)",message="identityRef must not be removed once set: name another identity of the same account instead"
// +kubebuilder:validation:XValidation:rule="self.groups == 'Selected' ? ((has(self.securityGroupIDs) && size(self.securityGroupIDs) > 0) || (has(self.securityGroupTags) && size(self.securityGroupTags) > 0)) : true",message="groups: Selected must come with securityGroupIDs or securityGroupTags"
// +kubebuilder:validation:XValidation:rule="self.groups == 'Selected' ? true : !has(self.securityGroupIDs) && !has(self.securityGroupTags)",message="securityGroupIDs and securityGroupTags must be left out unless groups is Selected"
// +kubebuilder:validation:XValidation:rule="!has(self.egress) || self.egress != 'Allow' || self.groups != 'None'",message="egress: Allow must come with groups that crossvpc may change: groups is None"
type SideSecurityGroups struct {
	// The AWSIdentity to act through on security groups, where they are in another
	// account than the VPC: in a VPC that AWS RAM shares, the connection and the routes
	// belong to the VPC's owner, and the groups to the account that the clusters run in.
	// Left out: the side's identity. It is admitted as that one is, in both: it must
	// admit this namespace (allowedNamespaces), list the shared VPC where it lists VPCs
	// (allowedVPCIDs; the id is the same in both accounts), and allow this deletionPolicy.
	// Its allowedSecurityGroupTags are those that count here, and the side's identity's
	// allowedRouteTableTags those for routes. Its account is pinned from the first rule on.
	// Only with the side's identityRef; it cannot be removed once set.
	// +optional
	IdentityRef *LocalName `json:"identityRef,omitempty"`

	// Auto: the smallest set of groups that covers every pod interface of the
	// clusters, avoiding the EKS cluster group where another one will do (that
	// group also opens the control plane's interfaces); without clusters, none.
	// Selected: those named by securityGroupIDs or securityGroupTags. None: observe
	// only; somebody else makes the rules, and what crossvpc made before stays until
	// this object is deleted. There is no All. Default: Auto.
	// +optional
	// +default="Auto"
	Groups GroupSelection `json:"groups,omitempty"`

	// Security groups by id, for Selected.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=20
	// +kubebuilder:validation:items:Pattern=`^sg-[0-9a-f]{8,17}$`
	SecurityGroupIDs []string `json:"securityGroupIDs,omitempty"`

	// Security groups by tag, for Selected: those that carry all of these.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="tag keys must have 1 to 128 characters"
	SecurityGroupTags map[string]TagValue `json:"securityGroupTags,omitempty"`

	// What the peer's blocks may reach. Empty: all traffic.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	Ingress []IngressRule `json:"ingress,omitempty"`

	// What to do where a selected group lets no traffic out to the peer. Report: PathClear
	// names it. Allow: crossvpc adds egress rules, for what the other side's ingress
	// admits, unless a rule of somebody else lets it out. They are ours as ingress rules
	// are: tagged, in status.inventory, and removed with this object or when this is
	// Report again. The role needs config/iam/egress.json. Not with groups: None. Default: Report.
	// +optional
	// +default="Report"
	Egress EgressPolicy `json:"egress,omitempty"`

	// What to do about a group that carries the tags of ACK (AWS Controllers for
	// Kubernetes, also as a capability of EKS), whose controller removes rules that it
	// does not know. Refuse: stop before the first write, with reason ManagedElsewhere.
	// Acknowledge: use it all the same. Default: Refuse.
	// +optional
	// +default="Refuse"
	ManagedElsewhere ManagedPolicy `json:"managedElsewhere,omitempty"`
}

// IngressRule admits a protocol, on some ports, or some messages of ICMP.
// +kubebuilder:validation:XValidation:rule="has(self.fromPort) == has(self.toPort)",message="fromPort and toPort must be given together"
// +kubebuilder:validation:XValidation:rule="!has(self.fromPort) || !has(self.toPort) || self.fromPort <= self.toPort",message="fromPort must not be greater than toPort"
// +kubebuilder:validation:XValidation:rule="!has(self.fromPort) || self.protocol in ['TCP', 'UDP']",message="ports must be left out unless protocol is TCP or UDP"
// +kubebuilder:validation:XValidation:rule="!has(self.icmpType) || self.protocol in ['ICMP', 'ICMPv6']",message="icmpType must be left out unless protocol is ICMP or ICMPv6"
// +kubebuilder:validation:XValidation:rule="!has(self.icmpCode) || has(self.icmpType)",message="icmpCode must come with icmpType"
type IngressRule struct {
	// TCP, UDP, ICMP, ICMPv6 or All. ICMP without icmpType is every message, of ICMPv6
	// too for the peer's IPv6 blocks; with icmpType it is for the peer's IPv4 blocks
	// alone. ICMPv6 is for the peer's IPv6 blocks alone.
	// +required
	Protocol Protocol `json:"protocol"`

	// First port, 0 to 65535. Left out: all ports.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	FromPort *int32 `json:"fromPort,omitempty"`

	// Last port, 0 to 65535.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=65535
	ToPort *int32 `json:"toPort,omitempty"`

	// Type of the ICMP message, 0 to 255. Left out: every type. Path MTU discovery
	// needs type 3 with code 4 of ICMP, and type 2 of ICMPv6.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=255
	ICMPType *int32 `json:"icmpType,omitempty"`

	// Code of the ICMP message, 0 to 255. Left out: every code of the type.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=255
	ICMPCode *int32 `json:"icmpCode,omitempty"`
}

// Selection says which route tables to use.
// +kubebuilder:validation:Enum=Auto;All;Selected;None
type Selection string

// GroupSelection says which security groups to use.
// +kubebuilder:validation:Enum=Auto;Selected;None
type GroupSelection string

const (
	// SelectAuto picks what the clusters' pods need.
	SelectAuto = "Auto"
	// SelectAll picks all.
	SelectAll = "All"
	// SelectSelected picks by id or tag.
	SelectSelected = "Selected"
	// SelectNone observes only.
	SelectNone = "None"
)

// EgressPolicy says what to do about groups that let no traffic out to the peer.
// +kubebuilder:validation:Enum=Report;Allow
type EgressPolicy string

const (
	// EgressReport names them.
	EgressReport EgressPolicy = "Report"
	// EgressAllow adds egress rules.
	EgressAllow EgressPolicy = "Allow"
)

// ManagedPolicy says what to do about what another controller manages.
// +kubebuilder:validation:Enum=Refuse;Acknowledge
type ManagedPolicy string

const (
	// ManagedRefuse stops before the first write.
	ManagedRefuse ManagedPolicy = "Refuse"
	// ManagedAcknowledge uses it all the same.
	ManagedAcknowledge ManagedPolicy = "Acknowledge"
)

// Protocol of an ingress rule.
// +kubebuilder:validation:Enum=TCP;UDP;ICMP;ICMPv6;All
type Protocol string

const (
	// ProtocolTCP admits TCP.
	ProtocolTCP Protocol = "TCP"
	// ProtocolUDP admits UDP.
	ProtocolUDP Protocol = "UDP"
	// ProtocolICMP admits ICMP, and ICMPv6 for IPv6 blocks.
	ProtocolICMP Protocol = "ICMP"
	// ProtocolICMPv6 admits ICMPv6.
	ProtocolICMPv6 Protocol = "ICMPv6"
	// ProtocolAll admits everything.
	ProtocolAll Protocol = "All"
)

// DNSResolution says whether the peer resolves a VPC's names to private addresses.
// +kubebuilder:validation:Enum=Disabled;Enabled
type DNSResolution string

const (
	// DNSDisabled leaves the option off.
	DNSDisabled DNSResolution = "Disabled"
	// DNSEnabled turns it on.
	DNSEnabled DNSResolution = "Enabled"
)
