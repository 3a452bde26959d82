package peering

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TrafficProtocol is a protocol that a path is checked for.
type TrafficProtocol string

const (
	trafficTCP TrafficProtocol = "tcp"
	trafficUDP TrafficProtocol = "udp"
	// tooBig is the one message of ICMP that path MTU discovery lives on:
	// "fragmentation needed" of IPv4, "packet too big" of IPv6.
	tooBig TrafficProtocol = "icmp type 3 code 4"

	tooBigType = 3
	tooBigCode = 4
	// In IPv6 it is a type of its own (RFC 4443, 3.2).
	tooBigType6 = 2
)

// Traffic is a protocol and the ports that it goes to; ICMP has none.
type Traffic struct {
	Protocol TrafficProtocol
	From, To int32
}

// String says it as people do: "tcp 443", "tcp 1024-65535".
func (t Traffic) String() string {
	switch {
	case t.Protocol == tooBig:
		return string(t.Protocol)
	case t.From == t.To:
		return fmt.Sprintf("%s %d", t.Protocol, t.From)
	default:
		return fmt.Sprintf("%s %d-%d", t.Protocol, t.From, t.To)
	}
}

// first is the first port that anybody uses: 0 is nobody's, so rules for 1 to 65535 are rules for all.
func (t Traffic) first() int32 { return max(t.From, min(1, t.To)) }

// part is the part of the ports as it is said: with port 0 where the whole begins there.
func (t Traffic) part(from, to int32) Traffic {
	if from == t.first() {
		from = t.From
	}
	return Traffic{t.Protocol, from, to}
}

// TCP reports whether it is TCP.
func (t Traffic) TCP() bool { return t.Protocol == trafficTCP }

// number is the protocol's number with addresses of a block's family.
func (p TrafficProtocol) number(block netip.Prefix) string {
	switch {
	case p == trafficTCP:
		return "6"
	case p == trafficUDP:
		return "17"
	case block.Addr().Is6():
		return "58"
	default:
		return "1"
	}
}

// name is the protocol as group rules spell it.
func (p TrafficProtocol) name(block netip.Prefix) string {
	if p != tooBig {
		return string(p)
	}
	if block.Addr().Is6() {
		return "icmpv6"
	}
	return "icmp"
}

// isTooBig reports whether an ICMP type and code, -1 for all, are about the message.
func isTooBig(block netip.Prefix, icmpType, icmpCode int32) bool {
	if block.IsValid() && block.Addr().Is6() {
		return icmpType == -1 || icmpType == tooBigType6
	}
	return icmpType == -1 || icmpType == tooBigType && (icmpCode == -1 || icmpCode == tooBigCode)
}

// Clients take their ports from 1024 on, whatever their system; network ACLs have
// to let answers to all of them through (VPC user guide, "Ephemeral ports").
const (
	firstEphemeral = 1024
	lastPort       = 65535
)

// Admitted are the connections that a side is to admit from the other.
func (r Request) Admitted(role Role) []Traffic {
	wanted := r.side(role).SecurityGroups.Ingress
	if len(wanted) == 0 {
		return []Traffic{{trafficTCP, 0, lastPort}, {trafficUDP, 0, lastPort}}
	}
	var admitted []Traffic
	for _, rule := range wanted {
		from, to := ports(rule)
		switch rule.Protocol {
		case v1alpha1.ProtocolTCP:
			admitted = append(admitted, Traffic{trafficTCP, from, to})
		case v1alpha1.ProtocolUDP:
			admitted = append(admitted, Traffic{trafficUDP, from, to})
		case v1alpha1.ProtocolICMP, v1alpha1.ProtocolICMPv6:
		default:
			admitted = append(admitted, Traffic{trafficTCP, 0, lastPort}, Traffic{trafficUDP, 0, lastPort})
		}
	}
	return admitted
}

// answers are what goes back for connections, less what goes there as connections anyway.
func answers(connections, otherWay []Traffic) []Traffic {
	var found []Traffic
	for _, connection := range connections {
		answer := Traffic{connection.Protocol, firstEphemeral, lastPort}
		covered := slices.ContainsFunc(otherWay, func(t Traffic) bool {
			return t.Protocol == answer.Protocol && t.From <= answer.From && t.To >= answer.To
		})
		if !covered && !slices.Contains(found, answer) {
			found = append(found, answer)
		}
	}
	return found
}

// CrossesRegions reports whether the two sides are in different regions. Only such a
// path carries less than the interfaces do, 8500 bytes instead of 9001 (EC2 user
// guide, "Network maximum transmission unit"), so only there the message that a
// packet is too big is needed.
func (r Request) CrossesRegions() bool {
	return r.Sides.Requester.Region != r.Sides.Accepter.Region
}
