package peering

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Reached are the blocks of the peer that a side routes to, admits and expects
// traffic with: the associated ones, less those that its spec excludes, and less
// the IPv6 ones where its own VPC has no IPv6 block to answer from.
func (r Request) Reached(snapshot Snapshot, role Role) []netip.Prefix {
	blocks := LessExcluded(peerBlocks(role, snapshot), r.side(role).Routes.ExcludeCIDRs)
	own := snapshot.At(role).VPC
	if own == nil {
		return blocks
	}
	return Answerable(blocks, own.occupiedBlocks())
}

// Answerable are the blocks that a VPC with its own blocks can answer: none of IPv6
// where it has none.
func Answerable(blocks, own []netip.Prefix) []netip.Prefix {
	if _, v6 := cidr.SplitFamilies(own); len(v6) > 0 {
		return blocks
	}
	v4, _ := cidr.SplitFamilies(blocks)
	return v4
}

// LessExcluded are the blocks that no exclusion contains: a block is excluded as a
// whole or not at all, since a VPC is routed to by its blocks.
func LessExcluded(blocks []netip.Prefix, excluded []string) []netip.Prefix {
	return slices.DeleteFunc(slices.Clone(blocks), func(block netip.Prefix) bool { return containsBlock(excluded, block) })
}

// idleExclusions says which exclusions of a side exclude nothing, and why.
func (r Request) idleExclusions(snapshot Snapshot, role Role) []string {
	blocks := peerBlocks(role, snapshot)
	var idle []string
	for _, text := range r.side(role).Routes.ExcludeCIDRs {
		excluded, err := netip.ParsePrefix(text)
		if err != nil || len(blocks) == 0 || len(LessExcluded(blocks, []string{text})) < len(blocks) {
			continue
		}
		why := fmt.Sprintf("%s has no block in it", r.Sides.At(role.Other()).VPC)
		if whole := slices.IndexFunc(blocks, excluded.Overlaps); whole >= 0 {
			why = fmt.Sprintf("it is a part of %s, and blocks are excluded whole. Exclude %s, or remove the entry", blocks[whole], blocks[whole])
		}
		idle = append(idle, fmt.Sprintf("spec.%s.routes.excludeCIDRs: %s excludes nothing: %s.", role, text, why))
	}
	return idle
}
