package fabric

import "net/netip"

// State is the part of AWS that decides where packets go.
type State struct {
	VPCs       []VPC
	Interfaces []Interface
	// Groups are security groups by id.
	Groups   map[string]Group
	Peerings []Peering
}

// VPC with its subnets and route tables.
type VPC struct {
	ID      string
	Subnets []Subnet
	Tables  []Table
}

// Subnet of a VPC. Its gateway is the first address of its block.
type Subnet struct {
	ID    string
	Block netip.Prefix
	// Table is the id of the route table that holds for it.
	Table string
}

// Gateway is where a subnet's instances send what is not for their subnet.
func (s Subnet) Gateway() netip.Addr { return s.Block.Masked().Addr().Next() }

// Table is a route table. The local route goes without saying.
type Table struct {
	ID     string
	Routes []Route
}

// Route leads to a peering connection; those to anything else, and black holes, are not routes here.
type Route struct {
	Destination netip.Prefix
	Peering     string
}

// Interface is a network interface of an instance.
type Interface struct {
	ID, Subnet, MAC string
	// Device is what the instance calls it.
	Device  string
	Address netip.Addr
	// Secondary are further addresses and delegated prefixes: pods'.
	Secondary []netip.Prefix
	Groups    []string
	// Unchecked is true where the source/destination check is off.
	Unchecked bool
}

// addresses are all that the interface may send from.
func (i Interface) addresses() []netip.Prefix {
	return append([]netip.Prefix{netip.PrefixFrom(i.Address, 32)}, i.Secondary...)
}

// Group is a security group.
type Group struct{ Ingress, Egress []Rule }

// Rule lets traffic pass.
type Rule struct {
	// Protocol is a number of IANA's; 0 is any.
	Protocol uint8
	// FromPort to ToPort; both 0 is any.
	FromPort, ToPort uint16
	Peer             netip.Prefix
}

// Peering is an active peering connection between two VPCs.
type Peering struct {
	ID        string
	Requester string
	Accepter  string
	// MTU is the largest packet it carries. Default [netspace.MTU].
	MTU int
}

func (s State) vpcOf(subnet string) (string, Subnet, bool) {
	for _, vpc := range s.VPCs {
		for _, candidate := range vpc.Subnets {
			if candidate.ID == subnet {
				return vpc.ID, candidate, true
			}
		}
	}
	return "", Subnet{}, false
}

// rules are those of all of an interface's groups.
func (s State) rules(i Interface, of func(Group) []Rule) []Rule {
	var rules []Rule
	for _, id := range i.Groups {
		rules = append(rules, of(s.Groups[id])...)
	}
	return rules
}
