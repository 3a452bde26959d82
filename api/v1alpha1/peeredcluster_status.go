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
	// +kubebuilder:validation:XValidation:rule="self.all(c, c.lastTransitionTime >= timestamp('1970-01-01T00:00:00Z'))",message="lastTransitionTime must be a time such as 2026-11-30T12:00:00Z"
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

	// Address ranges of the cluster's Services: what its ServiceCIDRs or EKS say, else
	// only the address of Service default/kubernetes. Empty: not known.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=43
	ServiceCIDRs []string `json:"serviceCIDRs,omitempty"`

	// Version of the API server.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`

	// Where nodes and pods live in the VPC, as EC2 confirms it of interfaces that are attached
	// to instances of the cluster. What no such interface has for an hour leaves (a node group
	// at zero withdraws nothing before that).
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

	// Auto Scaling groups behind the nodes, with strategy ReplaceNodes: one whose last
	// node is gone is short of nodes all the same, also after a restart of crossvpc.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=255
	AutoScalingGroups []string `json:"autoScalingGroups,omitempty"`

	// Karpenter NodePools whose template got the annotation from which Karpenter
	// replaces their nodes: written before the annotation. Its disruption budgets
	// rule how many go at once; maxUnavailable does not apply to them.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=200
	NodePools []NodePoolMark `json:"nodePools,omitempty"`

	// Nodes that cannot be renewed, at most 5.
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
	// UID of the VPCPeering. Left out by earlier versions: such an entry counts by name.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`
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
