package cilium

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// ErrNativeCIDR is wrapped by the errors of ParseNativeCIDR and
// AcceptsNativeCIDR: an agent that starts with such a value exits.
var ErrNativeCIDR = errors.New("the agent refuses its native routing CIDR")

// ParseNativeCIDR reads the option as the agent does (pkg/option/config.go): one
// IPv4 CIDR, neither a list nor IPv6. An empty value is valid and gives the
// zero prefix: the agent then takes the VPC's primary block.
func ParseNativeCIDR(value string) (netip.Prefix, error) {
	if value == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := netip.ParsePrefix(value)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%w: unable to parse CIDR %q: %w", ErrNativeCIDR, value, err)
	}
	if !prefix.Addr().Is4() {
		return netip.Prefix{}, fmt.Errorf("%w: %s must be an IPv4 CIDR, not %s", ErrNativeCIDR, NativeRoutingKey, value)
	}
	return prefix.Masked(), nil
}

// AcceptsNativeCIDR judges a value as an agent of the version does when it
// starts in ENI mode on a node of that VPC; blocks may or may not list the
// primary one. The zero prefix (unset) is accepted by all. Of an unknown version
// only a value is accepted that every version accepts.
func AcceptsNativeCIDR(version Version, primary netip.Prefix, blocks []netip.Prefix, value netip.Prefix) error {
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
