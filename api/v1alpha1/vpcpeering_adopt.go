package v1alpha1

// Adoption names, by id, what exists already and becomes crossvpc's.
// +kubebuilder:validation:MinProperties=1
type Adoption struct {
	// Id of the live peering connection of the two VPCs, whichever of them
	// requested it. It must be active. Leave it out to adopt routes and rules
	// only: the connection then stays whose it is.
	// +optional
	// +kubebuilder:validation:MaxLength=21
	// +kubebuilder:validation:Pattern=`^pcx-[0-9a-f]{8,17}$`
	ConnectionID string `json:"connectionID,omitempty"`

	// What to adopt in the requester's VPC.
	// +optional
	Requester SideAdoption `json:"requester,omitempty,omitzero"`

	// What to adopt in the accepter's VPC.
	// +optional
	Accepter SideAdoption `json:"accepter,omitempty,omitzero"`
}

// SideAdoption names what to adopt in one VPC.
type SideAdoption struct {
	// Routes to the peer's blocks, at most 200. Each must lead to the connection,
	// and must be one that crossvpc would make: in a table that routes selects, to
	// a whole block of the peer.
	// +optional
	// +listType=map
	// +listMapKey=routeTableID
	// +listMapKey=destination
	// +kubebuilder:validation:MaxItems=200
	Routes []AdoptedRoute `json:"routes,omitempty"`

	// Ids of ingress rules, at most 200. Each must admit exactly what crossvpc
	// would admit, in a group that securityGroups selects.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=21
	// +kubebuilder:validation:items:Pattern=`^sgr-[0-9a-f]{8,17}$`
	SecurityGroupRuleIDs []string `json:"securityGroupRuleIDs,omitempty"`
}

// AdoptedRoute names a route: routes have no ids of their own.
type AdoptedRoute struct {
	// Id of the route table.
	// +required
	// +kubebuilder:validation:MaxLength=21
	// +kubebuilder:validation:Pattern=`^rtb-[0-9a-f]{8,17}$`
	RouteTableID string `json:"routeTableID"`

	// Destination of the route as AWS shows it, such as 10.12.0.0/16.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=43
	// +kubebuilder:validation:XValidation:rule="isCIDR(self) && cidr(self) == cidr(self).masked()",message="destination must be a canonical CIDR such as 10.12.0.0/16 (no host bits)"
	Destination string `json:"destination"`
}
