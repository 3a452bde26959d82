package peering

import (
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// NetworkACL is a network ACL with the subnets that it guards. Unlike the tables'
// associations EC2 lists every subnet's, those of the default ACL too.
type NetworkACL struct {
	ID      string
	VPC     string
	Subnets []string
	Entries []ACLEntry
}

// ACLEntry is an entry of a network ACL. Protocol is a number as EC2 spells it, -1
// for all; ports, and the type and code of ICMP, are -1 for all.
type ACLEntry struct {
	Number   int32
	Egress   bool
	Allow    bool
	Block    netip.Prefix
	Protocol string
	FromPort int32
	ToPort   int32
	ICMPType int32
	ICMPCode int32
}

// lastEntry is the number of the entry that nobody can remove and that drops all
// the others did not decide about.
const lastEntry = 32767

// drop is the first part of some traffic that an ACL drops, and the entry that does.
type drop struct {
	part  Traffic
	block netip.Prefix
	entry int32
}

// aclCell is traffic that no entry has decided about yet.
type aclCell struct {
	block    netip.Prefix
	from, to int32
}

// dropped finds what the ACL drops of some traffic with blocks, in one direction:
// entries are taken in the order of their numbers, and the first that fits decides
// (VPC user guide, "Control subnet traffic with network access control lists").
func (a NetworkACL) dropped(egress bool, traffic Traffic, blocks []netip.Prefix) (drop, bool) {
	var open []aclCell
	for _, block := range blocks {
		open = append(open, aclCell{block, traffic.first(), traffic.To})
	}
	entries := slices.SortedFunc(slices.Values(a.Entries), func(x, y ACLEntry) int { return int(x.Number - y.Number) })
	for _, entry := range entries {
		reach, fits := entry.reach(traffic)
		if !fits || entry.Egress != egress {
			continue
		}
		var left []aclCell
		for _, cell := range open {
			shared, ok := cell.shared(reach)
			switch {
			case !ok:
				left = append(left, cell)
			case !entry.Allow:
				return drop{traffic.part(shared.from, shared.to), shared.block, entry.Number}, true
			default:
				left = append(left, cell.without(shared)...)
			}
		}
		open = left
	}
	if len(open) == 0 {
		return drop{}, false
	}
	return drop{traffic.part(open[0].from, open[0].to), open[0].block, lastEntry}, true
}

// reach is the part of a kind of traffic that the entry is about.
func (e ACLEntry) reach(traffic Traffic) (aclCell, bool) {
	cell := aclCell{e.Block, traffic.From, traffic.To}
	switch {
	case e.Protocol == "-1":
		return cell, true
	case e.Protocol != traffic.Protocol.number(e.Block):
		return aclCell{}, false
	case traffic.Protocol == tooBig:
		return cell, isTooBig(e.Block, e.ICMPType, e.ICMPCode)
	case e.FromPort >= 0:
		cell.from, cell.to = e.FromPort, e.ToPort
	}
	return cell, true
}

func (c aclCell) shared(other aclCell) (aclCell, bool) {
	blocks := cidr.Intersection([]netip.Prefix{c.block}, []netip.Prefix{other.block})
	from, to := max(c.from, other.from), min(c.to, other.to)
	if len(blocks) == 0 || from > to {
		return aclCell{}, false
	}
	return aclCell{blocks[0], from, to}, true
}

// without is what is left of the cell besides a part of it.
func (c aclCell) without(part aclCell) []aclCell {
	var left []aclCell
	for _, block := range cidr.Difference([]netip.Prefix{c.block}, []netip.Prefix{part.block}) {
		left = append(left, aclCell{block, c.from, c.to})
	}
	if c.from < part.from {
		left = append(left, aclCell{part.block, c.from, part.from - 1})
	}
	if part.to < c.to {
		left = append(left, aclCell{part.block, part.to + 1, c.to})
	}
	return left
}
