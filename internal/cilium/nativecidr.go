package cilium

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrNativeCIDR is wrapped by the errors of ParseNativeCIDR: an agent that starts
// with such a value exits.
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
