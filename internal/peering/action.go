package peering

import (
	"fmt"
	"net/netip"
	"strings"
)

// Action is one write to AWS. String says it to a person in one sentence without
// a full stop; ids that are not known yet read "the connection".
type Action interface {
	fmt.Stringer
	// Role is the side in whose account and region the write is made.
	Role() Role
	// items are the things that it writes; see there. Own is the id of crossvpc's own connection.
	items(own string) []string
}

// CreateConnection requests the connection, from the requester's side.
type CreateConnection struct {
	Sides Sides
	Tags  map[string]string
}

// AcceptConnection accepts the request, from the side that was asked.
type AcceptConnection struct {
	ID   string
	Side Side
}

// TagConnection tags one side's view of the connection.
type TagConnection struct {
	On   Role
	ID   string
	Tags map[string]string
}

// DeleteConnection deletes the connection, from either side.
type DeleteConnection struct {
	On Role
	ID string
}

// AuthorizeRules adds rules to one group in one call. All of them get the same tags.
type AuthorizeRules struct {
	On      Role
	GroupID string
	// Egress is true for rules that let out; their Source then is where to.
	Egress bool
	Rules  []Ingress
	Tags   map[string]string
}

// Ingress is what a rule admits, or lets out: Source is where to then. Ports are -1 where they don't apply.
type Ingress struct {
	Source   netip.Prefix
	Protocol string
	FromPort int32
	ToPort   int32
}

// RevokeRules removes rules of one group and one direction by id.
type RevokeRules struct {
	On      Role
	GroupID string
	Egress  bool
	RuleIDs []string
}

// CreateRoute adds a route to the connection.
type CreateRoute struct {
	On           Role
	RouteTableID string
	Destination  netip.Prefix
	ConnectionID string
}

// ReplaceRoute points an existing route at the connection.
type ReplaceRoute struct {
	On           Role
	RouteTableID string
	Destination  netip.Prefix
	ConnectionID string
	// Was is what the route led to.
	Was string
}

// DeleteRoute removes a route.
type DeleteRoute struct {
	On           Role
	RouteTableID string
	Destination  netip.Prefix
}

// SetDNSResolution sets AllowDnsResolutionFromRemoteVpc of one end of the
// connection: whether the other end's VPC resolves public host names of this
// end's VPC to private addresses (VPC Peering Guide, "Enable DNS resolution").
type SetDNSResolution struct {
	// On is the side whose VPC is at that end.
	On Role
	// End is that end: who requested the connection need not be spec.requester.
	End          Role
	ConnectionID string
	Enabled      bool
}

// Role implements Action.
func (CreateConnection) Role() Role { return Requester }

// Role implements Action.
func (a AcceptConnection) Role() Role { return a.Side.Role }

// Role implements Action.
func (a TagConnection) Role() Role { return a.On }

// Role implements Action.
func (a DeleteConnection) Role() Role { return a.On }

// Role implements Action.
func (a AuthorizeRules) Role() Role { return a.On }

// Role implements Action.
func (a RevokeRules) Role() Role { return a.On }

// Role implements Action.
func (a CreateRoute) Role() Role { return a.On }

// Role implements Action.
func (a ReplaceRoute) Role() Role { return a.On }

// Role implements Action.
func (a DeleteRoute) Role() Role { return a.On }

// Role implements Action.
func (a SetDNSResolution) Role() Role { return a.On }

func (a CreateConnection) String() string {
	return fmt.Sprintf("request a peering connection from %s to %s", a.Sides.Requester, a.Sides.Accepter)
}

func (a AcceptConnection) String() string {
	return fmt.Sprintf("accept %s as %s", known(a.ID), a.Side)
}

func (a TagConnection) String() string {
	return fmt.Sprintf("tag the %s's view of %s", a.On, known(a.ID))
}

func (a DeleteConnection) String() string {
	return fmt.Sprintf("delete %s from the %s's side", known(a.ID), a.On)
}

func (a AuthorizeRules) String() string {
	rules := make([]string, 0, len(a.Rules))
	for _, rule := range a.Rules {
		rules = append(rules, rule.text(a.Egress))
	}
	if a.Egress {
		return fmt.Sprintf("let %s (%s) let out %s", a.GroupID, a.On, strings.Join(rules, ", "))
	}
	return fmt.Sprintf("let %s (%s) admit %s", a.GroupID, a.On, strings.Join(rules, ", "))
}

func (a RevokeRules) String() string {
	return fmt.Sprintf("remove %s from %s (%s)", strings.Join(a.RuleIDs, ", "), a.GroupID, a.On)
}

func (a CreateRoute) String() string {
	return fmt.Sprintf("route %s in %s (%s) to %s", a.Destination, a.RouteTableID, a.On, known(a.ConnectionID))
}

func (a ReplaceRoute) String() string {
	return fmt.Sprintf("route %s in %s (%s) to %s instead of %s", a.Destination, a.RouteTableID, a.On, known(a.ConnectionID), a.Was)
}

func (a DeleteRoute) String() string {
	return fmt.Sprintf("remove the route to %s from %s (%s)", a.Destination, a.RouteTableID, a.On)
}

func (a SetDNSResolution) String() string {
	verb := "stop letting"
	if a.Enabled {
		verb = "let"
	}
	return fmt.Sprintf("%s the %s resolve public host names of the %s's VPC to private addresses over %s", verb, a.On.Other(), a.On, known(a.ConnectionID))
}

// icmp reports whether the ports are a type and a code.
func (i Ingress) icmp() bool { return i.Protocol == "icmp" || i.Protocol == "icmpv6" }

// String says what the rule admits: "tcp 443 from 10.1.0.0/16".
func (i Ingress) String() string { return i.text(false) }

// text says it of a rule in either direction: "tcp 443 to 10.1.0.0/16".
func (i Ingress) text(egress bool) string {
	if egress {
		return fmt.Sprintf("%s to %s", i.traffic(), i.Source)
	}
	return fmt.Sprintf("%s from %s", i.traffic(), i.Source)
}

func (i Ingress) traffic() string {
	switch {
	case i.Protocol == "-1":
		return "all traffic"
	case i.FromPort == -1:
		return i.Protocol
	case i.icmp() && i.ToPort == -1:
		return fmt.Sprintf("%s type %d", i.Protocol, i.FromPort)
	case i.icmp():
		return fmt.Sprintf("%s type %d code %d", i.Protocol, i.FromPort, i.ToPort)
	case i.FromPort == i.ToPort:
		return fmt.Sprintf("%s %d", i.Protocol, i.FromPort)
	default:
		return fmt.Sprintf("%s %d-%d", i.Protocol, i.FromPort, i.ToPort)
	}
}

func known(id string) string {
	if id == "" {
		return "the connection"
	}
	return id
}
