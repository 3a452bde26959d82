package node

import (
	"fmt"
	"net"
	"net/netip"

	ciliumip "github.com/cilium/cilium/pkg/ip"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Config is what an agent reads at its start.
type Config struct {
	Release Release
	// Masquerade is enable-ipv4-masquerade.
	Masquerade bool
	// Native is ipv4-native-routing-cidr; invalid where it is not set.
	Native netip.Prefix
}

// Validate refuses what the agent refuses (pkg/ipam/eni.go, crd.go before 1.20): it would exit.
func (c Config) Validate(blocks []netip.Prefix) error {
	for _, block := range blocks {
		if !c.Native.IsValid() || c.Native.Overlaps(block) {
			return nil
		}
	}
	return fmt.Errorf("ipv4-native-routing-cidr %s overlaps no block of the VPC %v", c.Native, blocks)
}

// excluded is what is not masqueraded: the option, or the VPC's primary block.
func (c Config) excluded(blocks []netip.Prefix) netip.Prefix {
	if c.Native.IsValid() {
		return c.Native
	}
	return blocks[0]
}

// destinations is what the agent tells the plugin about an address (buildENIAllocationResult in pkg/ipam/eni.go).
func (c Config) destinations(blocks []netip.Prefix) []string {
	var texts []string
	for _, block := range blocks {
		texts = append(texts, block.String())
	}
	if c.Native.IsValid() {
		texts = append(texts, c.Native.String())
	}
	return texts
}

// coalesced is what the agent, and the plugin, make of the destinations before they program rules.
func (c Config) coalesced(blocks []netip.Prefix) []string {
	all := make([]*net.IPNet, 0, len(blocks)+1)
	for _, block := range blocks {
		all = append(all, netspace.IPNet(block))
	}
	if c.Native.IsValid() {
		all = append(all, netspace.IPNet(c.Native.Masked()))
	}
	v4, _ := ciliumip.CoalesceCIDRs(all)
	var texts []string
	for _, one := range v4 {
		texts = append(texts, one.String())
	}
	return texts
}
