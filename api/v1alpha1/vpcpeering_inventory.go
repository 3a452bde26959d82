package v1alpha1

// Inventory is what crossvpc made or adopted in AWS, by side.
type Inventory struct {
	// +optional
	Requester SideInventory `json:"requester,omitempty,omitzero"`
	// +optional
	Accepter SideInventory `json:"accepter,omitempty,omitzero"`
	// What crossvpc adopted or is about to adopt (spec.adopt): ids of connections
	// and rules, and routes as table and destination.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=80
	Adopted []string `json:"adopted,omitempty"`
}

// SideInventory is what crossvpc made on one side.
type SideInventory struct {
	// Routes to the peer's blocks, one entry for each table and state.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	Routes []InventoryRoutes `json:"routes,omitempty"`
	// Group rules that admit the peer's blocks, or let traffic out to them.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	SecurityGroupRules []InventoryRule `json:"securityGroupRules,omitempty"`
	// Ids of group rules that another VPCPeering made and that this one relies on too:
	// AWS takes an identical rule once for a group. They are handed over to this
	// one when that one goes.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=32
	SharedRuleIDs []string `json:"sharedRuleIDs,omitempty"`
}

// InventoryState tells a thing that is about to be made from one that was.
// +kubebuilder:validation:Enum=Pending;Created
type InventoryState string

const (
	// InventoryPending is written before the call that creates.
	InventoryPending InventoryState = "Pending"
	// InventoryCreated is written once the thing was seen.
	InventoryCreated InventoryState = "Created"
)

// InventoryRoutes are routes of one table in one state.
type InventoryRoutes struct {
	// Id of the route table.
	// +required
	// +kubebuilder:validation:MaxLength=32
	RouteTableID string `json:"routeTableID"`
	// Destinations of the routes.
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=43
	Destinations []string `json:"destinations"`
	// Pending or Created.
	// +required
	State InventoryState `json:"state"`
}

// InventoryRule is one rule of a security group.
type InventoryRule struct {
	// Id of the security group.
	// +required
	// +kubebuilder:validation:MaxLength=32
	SecurityGroupID string `json:"securityGroupID"`
	// Id of the rule, once known.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	RuleID string `json:"ruleID,omitempty"`
	// True for an egress rule.
	// +optional
	Egress bool `json:"egress,omitempty"`
	// The peer's block that it admits, or lets traffic out to.
	// +required
	// +kubebuilder:validation:MaxLength=43
	Source string `json:"source"`
	// The protocol as EC2 spells it: tcp, udp, icmp, icmpv6 or -1.
	// +required
	// +kubebuilder:validation:MaxLength=8
	Protocol string `json:"protocol"`
	// First port; -1 for all.
	// +required
	FromPort int32 `json:"fromPort"`
	// Last port; -1 for all.
	// +required
	ToPort int32 `json:"toPort"`
	// Pending or Created.
	// +required
	State InventoryState `json:"state"`
}
