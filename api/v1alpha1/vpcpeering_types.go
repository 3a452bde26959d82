package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// VPCPeeringSpec says which two VPCs to join, what to open between them, and
// what happens to it all when the object is deleted.
// +kubebuilder:validation:XValidation:rule="!has(self.requester.vpcID) || !has(self.accepter.vpcID) || self.requester.vpcID != self.accepter.vpcID",message="requester and accepter must be two different VPCs"
// +kubebuilder:validation:XValidation:rule="!has(self.requester.clusterRefs) || !has(self.accepter.clusterRefs) || !self.requester.clusterRefs.exists(r, self.accepter.clusterRefs.exists(a, a.name == r.name))",message="a cluster must be named on one side only: it lives in one VPC"
type VPCPeeringSpec struct {
	// The side that asks for the peering connection. Which side is which makes
	// no difference to traffic. It cannot be changed later.
	// +required
	Requester VPCPeeringSide `json:"requester"`

	// The side that accepts it, in its own account and region.
	// +required
	Accepter VPCPeeringSide `json:"accepter"`

	// What to do when somebody else already made a live peering of these two
	// VPCs (AWS allows one). Never: stop and say so. UseExisting: add routes and
	// rules to it, but never delete or re-tag the connection itself. Default: Never.
	// +optional
	// +default="Never"
	AdoptionPolicy AdoptionPolicy `json:"adoptionPolicy,omitempty"`

	// What somebody else made and what becomes crossvpc's: the connection, routes
	// and group rules that are named here by id. All of it is checked before the
	// first tag is written, and nothing is deleted and recreated, so traffic goes
	// on. What is not named stays foreign. What was adopted stays crossvpc's when
	// this is removed later. Leave it in Git: routes have no tags, so with a lost
	// status only this says that they are crossvpc's. Use mode Plan first.
	// +optional
	Adopt *Adoption `json:"adopt,omitempty"`

	// What to do when a route table already has a route to one of the peer's
	// blocks. Fail: leave it and name it. ReplaceBlackhole: take it over only
	// where it leads nowhere (state blackhole). Default: Fail.
	// +optional
	// +default="Fail"
	ConflictPolicy ConflictPolicy `json:"conflictPolicy,omitempty"`

	// What happens to AWS when this object is deleted. Delete: everything
	// crossvpc made or adopted is removed, nothing else. Orphan: everything stays,
	// and the clusters' Cilium configuration keeps covering it. With Orphan,
	// crossvpc removes its tags from what it adopted, and leaves them on what it made:
	// an object of the same name then finds that again. Default: Delete.
	// +optional
	// +default="Delete"
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// Apply does the work. Plan changes nothing and lists in status.plan what
	// Apply would do, until approvedPlan names that plan. Default: Apply.
	// +optional
	// +default="Apply"
	Mode Mode `json:"mode,omitempty"`

	// The plan that may be carried out: the hash that status.plan.hash shows. Exactly
	// that plan is carried out. Where it is no longer what is needed, nothing is
	// done, and the condition Ready says what differs (reason PlanOutdated). What is
	// left of an approved plan after a crash needs no new approval. Once all of it was
	// seen in place, repairs and new blocks of the VPCs need none either; a change
	// of the spec does, if AWS has to be changed for it. A deletion needs none. To withdraw an approval
	// works like a stop. It counts in both modes. Left out: mode says what is done.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9a-z]*$`
	ApprovedPlan string `json:"approvedPlan,omitempty"`

	// Probe pods that prove pod-to-pod traffic. Without them Ready says that all
	// that traffic needs was seen in place, and not that pods were seen talking.
	// +optional
	Verification *Verification `json:"verification,omitempty"`

	// True stops all work on this peering, repairs included. What exists stays.
	// Deletion still works.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// Tags to add to the connection and to the group rules that crossvpc
	// creates. A change is followed, and a key that leaves the spec is taken off them.
	// Keys have 1 to 128 characters and do not begin with aws:, in whatever
	// case, or networking.crossvpc.io/; values have at most 256.
	// +optional
	// +kubebuilder:validation:MaxProperties=40
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128 && !['aws:', 'awS:', 'aWs:', 'aWS:', 'Aws:', 'AwS:', 'AWs:', 'AWS:'].exists(p, k.startsWith(p)) && !k.startsWith('networking.crossvpc.io/'))",message="tag keys must have 1 to 128 characters and must not begin with aws: or networking.crossvpc.io/ (aws: is reserved in any case)"
	Tags map[string]TagValue `json:"tags,omitempty"`
}

// AdoptionPolicy says what to do about a live peering that somebody else made.
// +kubebuilder:validation:Enum=Never;UseExisting
type AdoptionPolicy string

const (
	// AdoptNever stops at a foreign connection.
	AdoptNever AdoptionPolicy = "Never"
	// AdoptUseExisting uses it and never deletes or re-tags it.
	AdoptUseExisting AdoptionPolicy = "UseExisting"
)

// ConflictPolicy says what to do about a foreign route to a peer's block.
// +kubebuilder:validation:Enum=Fail;ReplaceBlackhole
type ConflictPolicy string

const (
	// ConflictFail leaves the foreign route and reports it.
	ConflictFail ConflictPolicy = "Fail"
	// ConflictReplaceBlackhole takes over a route that leads nowhere.
	ConflictReplaceBlackhole ConflictPolicy = "ReplaceBlackhole"
)

// DeletionPolicy says what deletion does to AWS.
// +kubebuilder:validation:Enum=Delete;Orphan
type DeletionPolicy string

const (
	// DeletionDelete removes what crossvpc made.
	DeletionDelete DeletionPolicy = "Delete"
	// DeletionOrphan leaves everything.
	DeletionOrphan DeletionPolicy = "Orphan"
)

// Mode says whether to act or to show what would be done.
// +kubebuilder:validation:Enum=Apply;Plan
type Mode string

const (
	// ModeApply does the work.
	ModeApply Mode = "Apply"
	// ModePlan fills status.plan and changes nothing, unless approvedPlan names that plan.
	ModePlan Mode = "Plan"
)

// Verification asks for probe pods that prove pod-to-pod traffic.
type Verification struct {
	// True runs short-lived probe pods in the clusters of both sides once everything
	// is in place, and again at each interval. Ready then counts their result.
	// +optional
	Enabled bool `json:"enabled,omitempty"`

	// How long a result counts before the probes run again. 60 to 86400 seconds. Default: 600.
	// +optional
	// +default=600
	// +kubebuilder:validation:Minimum=60
	// +kubebuilder:validation:Maximum=86400
	IntervalSeconds int32 `json:"intervalSeconds,omitempty"`

	// Namespace for probe pods. It is each PeeredCluster's to say
	// (spec.verification.namespace): leave it out. Where it is set it must be what all
	// PeeredClusters of both sides say, or nothing is verified.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`
}

// VPCPeering joins two VPCs: it makes and accepts the peering connection, adds
// group rules and routes on both sides, sets Cilium's native routing CIDR in
// the clusters that live there, and renews their nodes where they need it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=vpcp,categories={aws,network},path=vpcpeerings
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Connection",type=string,JSONPath=`.status.peeringConnectionID`
// +kubebuilder:printcolumn:name="Requester",type=string,priority=1,JSONPath=`.status.requester.vpcID`
// +kubebuilder:printcolumn:name="Accepter",type=string,priority=1,JSONPath=`.status.accepter.vpcID`
// +kubebuilder:printcolumn:name="Nodes",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="NodesUpToDate")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Status",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:selectablefield:JSONPath=`.spec.requester.vpcID`
// +kubebuilder:selectablefield:JSONPath=`.spec.accepter.vpcID`
// +kubebuilder:validation:XValidation:rule="oldSelf.hasValue() || size(self.metadata.name) <= 100",optionalOldSelf=true,message="metadata.name must have at most 100 characters: it is part of the tags in AWS, which have at most 256"
type VPCPeering struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// What to join and how.
	// +required
	Spec VPCPeeringSpec `json:"spec"`

	// What was observed. Written by crossvpc alone.
	// +optional
	// +default={"observedGeneration":-1}
	Status VPCPeeringStatus `json:"status,omitempty"`
}

// VPCPeeringList is a list of VPCPeerings.
//
// +kubebuilder:object:root=true
type VPCPeeringList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VPCPeering `json:"items"`
}
