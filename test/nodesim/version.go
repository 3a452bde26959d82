package nodesim

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// release is a version of Cilium and what differs between versions here. It repeats what package internal/cilium
// knows, from the sources rather than from there, so that a mistake in one shows in the other.
type release struct{ *version.Version }

func parseRelease(text string) (release, error) {
	v, err := version.ParseSemantic(strings.TrimPrefix(text, "v"))
	if err != nil {
		return release{}, fmt.Errorf("version of Cilium %q: %w", text, err)
	}
	return release{v}, nil
}

func (r release) before(text string) bool { return r.LessThan(version.MustParseSemantic(text)) }

// destinationScoped reports whether a pod's rules name destinations (Configure in pkg/datapath/linux/routing;
// cilium/cilium#47008 ends it with 1.21).
func (r release) destinationScoped() bool { return r.before("1.21.0") }

// restoresRules reports whether an agent that starts gives present rules to the pods it finds
// (configureRoutingInfo in daemon/cmd/endpoint_restore.go; cilium/cilium#48417, #48422).
func (r release) restoresRules() bool {
	return !r.before("1.20.2") || !r.before("1.19.8") && r.before("1.20.0")
}

// errRefused is what the agent writes before it exits.
var errRefused = errors.New(`level=fatal msg="None of the VPC CIDRs contains the specified native routing CIDR" subsys=ipam`)

// accepts judges a native routing CIDR as the agent does when it starts, on a VPC with these blocks, the primary first.
func (r release) accepts(native netip.Prefix, blocks []netip.Prefix) error {
	switch {
	case r.before("1.20.0"): // autoDetectIPv4NativeRoutingCIDR in pkg/ipam/crd.go, 1.15.19 to 1.19.1
		if slices.ContainsFunc(blocks, func(block netip.Prefix) bool { return coalesce(native, block) }) {
			return nil
		}
		return errRefused
	case r.before("1.20.2"): // pkg/ipam/eni.go; cilium/cilium#47811
		blocks = blocks[:1]
	}
	if slices.ContainsFunc(blocks, native.Overlaps) {
		return nil
	}
	return fmt.Errorf(`level=fatal msg="Native routing CIDR does not overlap with any VPC CIDR" native-routing-cidr=%s`, native)
}

// coalesce reports whether ip.CoalesceCIDRs makes one of two prefixes: one contains the other, or they are halves of
// the next larger one.
func coalesce(a, b netip.Prefix) bool {
	if a.Overlaps(b) {
		return true
	}
	return a.Bits() == b.Bits() && a.Bits() > 0 &&
		netip.PrefixFrom(a.Addr(), a.Bits()-1).Masked() == netip.PrefixFrom(b.Addr(), b.Bits()-1).Masked()
}
