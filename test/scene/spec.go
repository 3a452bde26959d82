package scene

import (
	"fmt"
	"net/netip"
)

// NetworkSpec describes one VPC. Zero fields take defaults; Blocks has none.
type NetworkSpec struct {
	// Account is the owner's 12-digit id.
	Account string
	Region  string
	// Name is in the Name tag of everything made.
	Name string
	// Blocks are the VPC's IPv4 blocks, the primary first; /16s.
	Blocks []string
	// Zones is the number of availability zones with subnets, 1 to 4. Default 3.
	Zones int
	// Tables is the number of route tables beside the main one; zones share them round robin. Zero means one for each
	// zone, and NoTables that the main table serves every subnet. At most two for each zone: one for each subnet.
	Tables int
	// Groups are the names of the security groups. Default nodes, pods.
	Groups []string
}

// NoTables is the value of NetworkSpec.Tables for a VPC that has the main route table only.
const NoTables = -1

const maximumZones = 4

func (s NetworkSpec) withDefaults() NetworkSpec {
	if s.Zones == 0 {
		s.Zones = 3
	}
	switch s.Tables {
	case 0:
		s.Tables = s.Zones
	case NoTables:
		s.Tables = 0
	}
	if s.Groups == nil {
		s.Groups = []string{NodeGroup, PodGroup}
	}
	return s
}

func (s NetworkSpec) validate() error {
	if len(s.Blocks) == 0 {
		return fmt.Errorf("network %q: no block", s.Name)
	}
	if s.Zones < 1 || s.Zones > maximumZones {
		return fmt.Errorf("network %q: %d zones: want 1 to %d", s.Name, s.Zones, maximumZones)
	}
	if s.Tables > 2*s.Zones {
		return fmt.Errorf("network %q: %d route tables: want at most %d, one for each subnet", s.Name, s.Tables, 2*s.Zones)
	}
	for _, block := range s.Blocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil || prefix.Bits() != 16 {
			return fmt.Errorf("network %q: block %q: want an IPv4 /16", s.Name, block)
		}
	}
	return nil
}

// nodeBlock is the block of the node subnet in a zone, counted from 0: a /20 in the first quarter of the primary block.
func (s NetworkSpec) nodeBlock(zone int) string { return subBlock(s.Blocks[0], 20, zone) }

// podBlock is the block of the pod subnet in a zone: in the last block, and never where node subnets are.
func (s NetworkSpec) podBlock(zone int) string {
	if len(s.Blocks) == 1 {
		return subBlock(s.Blocks[0], 19, zone+2)
	}
	return subBlock(s.Blocks[len(s.Blocks)-1], 18, zone)
}

// subBlock is the nth subnet of that length.
func subBlock(block string, bits, n int) string {
	base := netip.MustParsePrefix(block).Masked().Addr().As4()
	value := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(base[3])
	value += uint32(n) << (32 - bits)
	address := netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)})
	return netip.PrefixFrom(address, bits).String()
}
