package probe

import (
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
)

// ReadRules dumps the policy routing rules of this network namespace, IPv4 and IPv6,
// in the kernel's order. Reading them needs no privilege; changing them would.
func ReadRules() ([]Rule, error) {
	var rules []Rule
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		found, err := netlink.RuleList(family)
		if err != nil {
			return nil, fmt.Errorf("reading the routing rules: %w", err)
		}
		for _, rule := range found {
			rules = append(rules, Rule{Priority: rule.Priority, Source: prefixOf(rule.Src), Destination: prefixOf(rule.Dst), Table: rule.Table})
		}
	}
	return rules, nil
}

func prefixOf(network *net.IPNet) netip.Prefix {
	if network == nil {
		return netip.Prefix{}
	}
	address, ok := netip.AddrFromSlice(network.IP)
	if !ok {
		return netip.Prefix{}
	}
	bits, _ := network.Mask.Size()
	return netip.PrefixFrom(address.Unmap(), bits).Masked()
}
