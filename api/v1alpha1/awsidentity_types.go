package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// AWSIdentitySpec is a role, and who may act through it.
// +kubebuilder:validation:XValidation:rule="!has(self.roleARN) || !has(self.accountID) || self.roleARN.contains('::' + self.accountID + ':')",message="accountID must be the account of roleARN"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.accountID) || (has(self.accountID) && self.accountID == oldSelf.accountID)",message="accountID is immutable: create another AWSIdentity"
type AWSIdentitySpec struct {
	// The role to assume, such as arn:aws:iam::111122223333:role/crossvpc. Its
	// trust policy should demand the external id of status.externalID. Left out:
	// the operator's own (ambient) credentials.
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	// +kubebuilder:validation:Pattern=`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`
	RoleARN string `json:"roleARN,omitempty"`

	// The account that these credentials must belong to; anything else is
	// refused. Immutable once set.
	// +optional
	AccountID AccountID `json:"accountID,omitempty"`

	// Namespaces whose VPCPeerings may act through this identity. Empty admits none.
	// +optional
	// +default={}
	AllowedNamespaces AllowedNamespaces `json:"allowedNamespaces,omitempty,omitzero"`

	// VPCs that may be acted on through this identity, for VPCPeerings and for
	// PeeredClusters. Empty: every VPC of the account, and every VPC that AWS RAM shares
	// with it. A shared VPC has the same id in its owner's account and here: an identity
	// that acts on security groups in one (securityGroups.identityRef of a VPCPeering)
	// lists it as the owner's identity does.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	AllowedVPCIDs []VPCID `json:"allowedVPCIDs,omitempty"`

	// Tags that a security group must carry, all of them, before a rule is added to it
	// through this identity. A VPCPeering that selects another group is refused before the
	// first write. Removing what crossvpc made is always allowed. Empty: every group of the
	// allowed VPCs, that of a database too.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="tag keys must have 1 to 128 characters"
	AllowedSecurityGroupTags map[string]TagValue `json:"allowedSecurityGroupTags,omitempty"`

	// Tags that a route table must carry, all of them, before a route is added to it
	// through this identity. A VPCPeering that selects another table (with tables: All,
	// any other) is refused before the first write. Removing what crossvpc made is always
	// allowed. Empty: every table of the allowed VPCs.
	// +optional
	// +kubebuilder:validation:MaxProperties=20
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="tag keys must have 1 to 128 characters"
	AllowedRouteTableTags map[string]TagValue `json:"allowedRouteTableTags,omitempty"`

	// Values of deletionPolicy that VPCPeerings may have. [Delete] forbids to leave
	// anything behind in AWS: Orphan is refused, and the annotation
	// networking.crossvpc.io/force-finalize of a VPCPeering has no effect. Empty: all.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || 'Delete' in self",message="deletionPolicies must have Delete: it is the default of a VPCPeering"
	DeletionPolicies []DeletionPolicy `json:"deletionPolicies,omitempty"`
}

// AWSIdentityStatus is what was observed of an identity.
type AWSIdentityStatus struct {
	// The generation of the spec that the conditions speak of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Ready, and Reconciling or Stalled while they are true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:XValidation:rule="self.all(c, c.lastTransitionTime >= timestamp('1970-01-01T00:00:00Z'))",message="lastTransitionTime must be a time such as 2026-11-30T12:00:00Z"
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Account that the credentials belong to, as AWS STS says.
	// +optional
	AccountID AccountID `json:"accountID,omitempty"`

	// External id that crossvpc sends when it assumes the role:
	// <installationID>/<identity>. Demand it in the role's trust policy
	// (sts:ExternalId), so that nobody else's crossvpc can use the role.
	// +optional
	// +kubebuilder:validation:MaxLength=1224
	ExternalID string `json:"externalID,omitempty"`

	// VPCs that VPCPeerings were admitted to act on, and which: written while the
	// admission holds, once AWS has shown the VPCs, before anything is made. A VPCPeering that is deleted removes
	// things through this identity only where it is listed here, so that whoever may
	// write the status of VPCPeerings may not remove anything in AWS by that.
	// +optional
	// +listType=map
	// +listMapKey=accountID
	// +listMapKey=region
	// +listMapKey=vpcID
	// +kubebuilder:validation:MaxItems=2000
	Admissions []Admission `json:"admissions,omitempty"`
}

// Admission is one VPC, and the VPCPeerings that were admitted to act on it.
type Admission struct {
	// Account of this identity: that of the VPC, or the one that a shared VPC's
	// security groups are in.
	// +required
	AccountID AccountID `json:"accountID"`
	// Region of the VPC.
	// +required
	Region Region `json:"region"`
	// Id of the VPC.
	// +required
	VPCID VPCID `json:"vpcID"`
	// UIDs of the VPCPeerings (metadata.uid).
	// +required
	// +listType=set
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=64
	UIDs []string `json:"uids"`
}

// AWSIdentity is an AWS role and the namespaces that may act through it. A
// VPCPeering never carries a role ARN; it names one of these.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=awsid,categories={aws,network},path=awsidentities
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.status.accountID`
// +kubebuilder:printcolumn:name="Role",type=string,priority=1,JSONPath=`.spec.roleARN`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.spec) || has(self.spec)",message="spec must not be removed"
type AWSIdentity struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// The role and who may use it.
	// +optional
	Spec AWSIdentitySpec `json:"spec,omitempty"`

	// What was observed. Written by crossvpc alone.
	// +optional
	// +default={"observedGeneration":-1}
	Status AWSIdentityStatus `json:"status,omitempty"`
}

// AWSIdentityList is a list of AWSIdentities.
//
// +kubebuilder:object:root=true
type AWSIdentityList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AWSIdentity `json:"items"`
}
