package v1alpha1

// Plan is what is left to do until all is as the spec asks.
type Plan struct {
	// Hash of all that the plan writes at AWS and asks of the clusters, whatever its
	// order: the same writes, the same hash. What spec.approvedPlan has to name.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Hash string `json:"hash"`
	// The actions in order, a sentence each. At most 200 are listed.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=201
	// +kubebuilder:validation:items:MaxLength=512
	Actions []string `json:"actions"`
}

// PlanApproval is what is known of the plan that spec.approvedPlan names.
type PlanApproval struct {
	// Hash of the plan, as spec.approvedPlan has it.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Hash string `json:"hash"`
	// The actions of the plan as they were shown; empty once it is carried out, and
	// where the plan of that hash was never seen.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=201
	// +kubebuilder:validation:items:MaxLength=512
	Actions []string `json:"actions,omitempty"`
	// A digest of each thing that the plan writes. Written before the first call, and
	// only while the plan is carried out: what is left of it is approved as long as it
	// is among these.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=5000
	// +kubebuilder:validation:items:MaxLength=16
	Items []string `json:"items,omitempty"`
	// Digest of the spec for which all of the plan was seen in place; empty: not yet.
	// While the spec has it, repairs need no approval.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	CarriedOutFor string `json:"carriedOutFor,omitempty"`
}

// OnlyPlans reports whether nothing may be written: the mode is Plan, and no plan is approved.
func (s *VPCPeeringSpec) OnlyPlans() bool { return s.Mode == ModePlan && s.ApprovedPlan == "" }
