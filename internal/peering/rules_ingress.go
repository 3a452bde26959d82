package peering

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// desiredIngress spells the wanted rules as EC2 does: -1 for all protocols, and
// icmpv6 for IPv6 blocks.
func desiredIngress(rules []v1alpha1.IngressRule, blocks []netip.Prefix) []Ingress {
	if len(rules) == 0 {
		rules = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolAll}}
	}
	var wanted []Ingress
	for _, block := range blocks {
		for _, rule := range rules {
			if !concerns(rule, block) {
				continue
			}
			ingress := ingressOf(rule, block)
			if !slices.Contains(wanted, ingress) {
				wanted = append(wanted, ingress)
			}
		}
	}
	return wanted
}

// concerns is false for messages of ICMP that the block's family does not have: the same number means another message there.
func concerns(rule v1alpha1.IngressRule, block netip.Prefix) bool {
	switch {
	case rule.Protocol == v1alpha1.ProtocolICMPv6:
		return block.Addr().Is6()
	case rule.Protocol == v1alpha1.ProtocolICMP && rule.ICMPType != nil:
		return block.Addr().Is4()
	default:
		return true
	}
}

// ingressOf is a rule for one block. In rules about ICMP the ports are type and code, -1 for all (EC2 API, IpPermission).
func ingressOf(rule v1alpha1.IngressRule, block netip.Prefix) Ingress {
	ingress := Ingress{Source: block, Protocol: protocolName(rule.Protocol, block), FromPort: -1, ToPort: -1}
	switch {
	case rule.Protocol == v1alpha1.ProtocolTCP || rule.Protocol == v1alpha1.ProtocolUDP:
		ingress.FromPort, ingress.ToPort = ports(rule)
	case rule.ICMPType != nil:
		ingress.FromPort = *rule.ICMPType
		if rule.ICMPCode != nil {
			ingress.ToPort = *rule.ICMPCode
		}
	}
	return ingress
}

func ports(rule v1alpha1.IngressRule) (from, to int32) {
	if rule.FromPort == nil || rule.ToPort == nil {
		return 0, 65535
	}
	return *rule.FromPort, *rule.ToPort
}

func protocolName(protocol v1alpha1.Protocol, block netip.Prefix) string {
	switch protocol {
	case v1alpha1.ProtocolTCP:
		return "tcp"
	case v1alpha1.ProtocolUDP:
		return "udp"
	case v1alpha1.ProtocolICMPv6:
		return "icmpv6"
	case v1alpha1.ProtocolICMP:
		if block.Addr().Is6() {
			return "icmpv6"
		}
		return "icmp"
	default:
		return "-1"
	}
}
