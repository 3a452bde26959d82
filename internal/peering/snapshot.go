package peering

import (
	"net/netip"
	"time"
)

// Snapshot is what was observed of both sides.
type Snapshot = Pair[SideSnapshot]

// SideSnapshot is what one side's account and region showed.
type SideSnapshot struct {
	// VPC of this side; nil when the account and region don't have it.
	VPC *VPC
	// Connections as this side sees them, terminal ones included.
	Connections []Connection
	// ConnectionsReadAt is when they were asked for.
	ConnectionsReadAt time.Time
	// RouteTables of the VPC.
	RouteTables []RouteTable
	// Subnets of the VPC, by id; nil: they were not asked for (NeedsSubnets).
	Subnets []string
	// Groups of the VPC.
	Groups []SecurityGroup
	// StrayGroups are those of the function StrayGroups that AWS shows by their id.
	StrayGroups []SecurityGroup
	// Rules are the ingress and egress rules of Groups.
	Rules []SecurityGroupRule
	// NetworkACLs of the VPC; nil when they were not, or could not be, read.
	NetworkACLs []NetworkACL
	// Unread is what could not be read.
	Unread Unread
}

// VPC is a VPC with its blocks, IPv4 and IPv6, in every association state.
type VPC struct {
	ID      string
	OwnerID string
	// Primary is the first IPv4 block.
	Primary netip.Prefix
	Blocks  []Block
	// DNSSupport and DNSHostnames are nil when they were not asked for.
	DNSSupport   *bool
	DNSHostnames *bool
	Encryption   Encryption
}

// Block is a block of a VPC and the state of its association, as EC2 spells it:
// associating, associated, disassociating, disassociated, failing, failed.
type Block struct {
	Prefix netip.Prefix
	State  string
}

// Connection is a VPC peering connection as one side sees it. Tags are those of
// that side: EC2 keeps them for each account and region apart.
type Connection struct {
	ID            string
	State         ConnectionState
	StatusMessage string
	Requester     ConnectionEnd
	Accepter      ConnectionEnd
	Tags          map[string]string
}

// ConnectionEnd is one end of a connection.
type ConnectionEnd struct {
	Account string
	Region  string
	VPC     string
	// Blocks of the VPC; EC2 shows them while the connection is active.
	Blocks []netip.Prefix
	// DNSResolution is AllowDnsResolutionFromRemoteVpc; nil when EC2 does not say.
	DNSResolution *bool
}

// ConnectionState is the status code of a connection, as EC2 spells it.
type ConnectionState string

// States of a VPC peering connection (EC2 API, VpcPeeringConnectionStateReasonCode).
const (
	StateInitiating   ConnectionState = "initiating-request"
	StatePending      ConnectionState = "pending-acceptance"
	StateProvisioning ConnectionState = "provisioning"
	StateActive       ConnectionState = "active"
	StateDeleting     ConnectionState = "deleting"
	StateDeleted      ConnectionState = "deleted"
	StateRejected     ConnectionState = "rejected"
	StateFailed       ConnectionState = "failed"
	StateExpired      ConnectionState = "expired"
)

// Gone reports whether the state is terminal. EC2 keeps showing such
// connections for hours to days; Terraform maps these four to "not found".
func (s ConnectionState) Gone() bool {
	switch s {
	case StateDeleted, StateRejected, StateFailed, StateExpired:
		return true
	default:
		return false
	}
}

// RouteTable is a route table with its associations.
type RouteTable struct {
	ID    string
	VPC   string
	Owner string
	Tags  map[string]string
	// Main is true for the VPC's main table.
	Main bool
	// Subnets that are associated explicitly (states associated and associating).
	Subnets []string
	// Edge is true when a gateway is associated: such tables accept no peering routes.
	Edge   bool
	Routes []Route
}

// Route is one route. Destination is the zero prefix for routes to a prefix list.
type Route struct {
	Destination  netip.Prefix
	PrefixListID string
	// Entries are the blocks of that list.
	Entries []netip.Prefix
	// Unread says why the entries are not known; empty: they are.
	Unread string
	// Target is the id of whatever the route leads to: pcx-…, tgw-…, eni-…, local.
	Target string
	// State is active, blackhole or filtered.
	State string
	// Origin is CreateRouteTable, CreateRoute, EnableVgwRoutePropagation or Advertisement.
	Origin string
	// Answered is true where AWS said that it made the route, and no read has shown it yet.
	Answered bool
}

// Blackhole reports whether the route leads nowhere.
func (r Route) Blackhole() bool { return r.State == "blackhole" }

// SecurityGroup is a security group.
type SecurityGroup struct {
	ID string
	// Owner is the account that it belongs to; in a shared VPC it need not be the VPC's.
	Owner string
	Name  string
	VPC   string
	Tags  map[string]string
}

// SecurityGroupRule is a rule of a security group. Protocol is as EC2 spells it
// (tcp, udp, icmp, icmpv6, -1 or a number), ports are -1 where they don't apply.
type SecurityGroupRule struct {
	ID      string
	GroupID string
	Egress  bool
	Source  netip.Prefix
	// PrefixListID is set for rules about a prefix list; Source then is the zero prefix.
	PrefixListID string
	// Entries are the blocks of that list.
	Entries []netip.Prefix
	// Unread says why the entries are not known; empty: they are.
	Unread string
	// ReferencedGroupID is set for rules about a security group; Source then is the zero prefix.
	ReferencedGroupID string
	Protocol          string
	FromPort          int32
	ToPort            int32
	Tags              map[string]string
	// Answered is true where AWS said that it made the rule, and no read has shown it yet.
	Answered bool
}
