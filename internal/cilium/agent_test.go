package cilium

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// agentAccepts judges a value as an agent of the version does when it
// starts in ENI mode on a node of that VPC; blocks may or may not list the
// primary one. The zero prefix (unset) is accepted by all. Of an unknown version
// only a value is accepted that every version accepts.
func agentAccepts(version Version, primary netip.Prefix, blocks []netip.Prefix, value netip.Prefix) error {
	if !value.IsValid() {
		return nil
	}
	if value.Bits() == 0 && version.Compare(Version{Major: 1, Minor: 17}) < 0 {
		// Both the pod's rule and the catch-all are then the same route (cilium/cilium#34436).
		return fmt.Errorf("%w: file exists", ErrNativeCIDR)
	}
	check := TraitsOf(version).Check
	if slices.ContainsFunc(judgedBlocks(check, primary, blocks), func(block netip.Prefix) bool {
		return check.accepts(block, value)
	}) {
		return nil
	}
	return refusal(check, primary, blocks, value)
}

func judgedBlocks(check NativeCIDRCheck, primary netip.Prefix, blocks []netip.Prefix) []netip.Prefix {
	if check == CheckOverlapsPrimary || check == CheckContainsPrimary {
		return []netip.Prefix{primary}
	}
	return append([]netip.Prefix{primary}, blocks...)
}

func (c NativeCIDRCheck) accepts(block, value netip.Prefix) bool {
	if !block.IsValid() || !block.Addr().Is4() {
		return false
	}
	pair := []netip.Prefix{block, value}
	switch c {
	case CheckCoalesces:
		return len(cidr.Union(pair)) == 1
	case CheckOverlapsPrimary, CheckOverlapsAny:
		return block.Overlaps(value)
	default:
		return cidr.Contains([]netip.Prefix{value}, block)
	}
}

// refusal words it as the agent's log does, so that the two are found together.
func refusal(check NativeCIDRCheck, primary netip.Prefix, blocks []netip.Prefix, value netip.Prefix) error {
	switch check {
	case CheckCoalesces:
		return fmt.Errorf("%w: None of the VPC CIDRs contains the specified native routing CIDR", ErrNativeCIDR)
	case CheckOverlapsPrimary:
		return fmt.Errorf("%w: configured --%s %s does not overlap the VPC primary CIDR %s", ErrNativeCIDR, NativeRoutingKey, value, primary)
	case CheckOverlapsAny:
		return fmt.Errorf("%w: configured --%s %s overlaps neither the VPC primary CIDR %s nor any secondary CIDR association [%s]",
			ErrNativeCIDR, NativeRoutingKey, value, primary, cidr.Join(blocks))
	default:
		return fmt.Errorf("%w: %s does not contain the VPC primary CIDR %s, and of an unknown version nothing less is safe", ErrNativeCIDR, value, primary)
	}
}
