package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PeeredClusterSpec says how to reach a cluster, what may be done to its Cilium
// configuration, and how its nodes may be renewed.
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.region) || (has(self.region) && self.region == oldSelf.region)",message="region is immutable: create another PeeredCluster"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.vpcID) || (has(self.vpcID) && self.vpcID == oldSelf.vpcID)",message="vpcID is immutable: create another PeeredCluster"
// +kubebuilder:validation:XValidation:rule="!has(self.clusterName) || !has(self.access.eks) || self.clusterName == self.access.eks.name",message="clusterName must be the name in access.eks, or be left out"
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

	// Name of the cluster in AWS, as its Auto Scaling groups and instances are tagged:
	// kubernetes.io/cluster/<name>: owned, or eks:cluster-name: <name>. Left out: the
	// name in access.eks. Where neither is set, crossvpc terminates no instance
	// (rollout.strategy ReplaceNodes): nodes of Auto Scaling groups are Unmanaged,
	// because a Node object alone does not prove whose instance it names.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:Pattern=`^[0-9A-Za-z][A-Za-z0-9._-]*$`
	ClusterName string `json:"clusterName,omitempty"`

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

	// Where the probe pods of VPCPeerings run that ask for verification.
	// +optional
	// +default={}
	Verification ClusterVerification `json:"verification,omitempty,omitzero"`
}

// ClusterVerification says where probe pods run in a cluster.
type ClusterVerification struct {
	// Namespace for probe pods. It must exist in the cluster and grant crossvpc pods,
	// as config/cluster does for the default. A VPCPeering that names another one is not
	// verified. Default: crossvpc-probe.
	// +optional
	// +default="crossvpc-probe"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
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

// PeeredCluster is a cluster that takes part in peerings. The one rollout per
// cluster has its status here.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:validation:XValidation:rule="!has(self.spec.rollout) || !has(self.spec.rollout.after) || !self.spec.rollout.after.exists(a, a.name == self.metadata.name)",message="spec.rollout.after names this PeeredCluster itself: remove it"
// +kubebuilder:resource:scope=Cluster,shortName=pcl,categories={aws,network},path=peeredclusters
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="VPC",type=string,priority=1,JSONPath=`.status.vpcID`
// +kubebuilder:printcolumn:name="Cilium",type=string,priority=1,JSONPath=`.status.cilium.version`
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
