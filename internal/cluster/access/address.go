package access

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Addresses where a machine's metadata, DNS and credentials live: a kubeconfig
// must not lead there, as a number or by a name that resolves to it.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
var reserved = []netip.Prefix{
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("fd00:ec2::/32"),
}

// ErrReserved says that an address is one that is never dialled. It is a plain
// sentence: it also comes back from a dial.
var ErrReserved = errors.New("server must not be a link-local, metadata, multicast or unspecified address")

// checkAddress refuses what is not the plain https address of an API server.
func checkAddress(server string) error {
	// Not the error of Parse: it quotes its input, which may hold a password.
	parsed, err := url.Parse(server)
	if err != nil || parsed.Scheme != "https" || parsed.Hostname() == "" {
		return errors.New("server must be an https:// address")
	}
	if parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return errors.New("server must be an address without a user, a query or a fragment")
	}
	if address, err := netip.ParseAddr(parsed.Hostname()); err == nil && isReserved(address) {
		return ErrReserved
	}
	return nil
}

func isReserved(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, prefix := range reserved {
		if prefix.Contains(address) {
			return true
		}
	}
	return address.IsUnspecified() || address.IsMulticast()
}

// dialTimeout is that of internal/cluster/guard: whoever does not answer by then is far away or silent.
const dialTimeout = 3 * time.Second

// dialer looks at the address that is really dialled: a name may resolve to
// anything, and to something else than a moment ago.
var dialer = &net.Dialer{
	Timeout:   dialTimeout,
	KeepAlive: 30 * time.Second,
	Control: func(_, address string, _ syscall.RawConn) error {
		parsed, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("dialling %q: %w", address, err)
		}
		if isReserved(parsed.Addr()) {
			return ErrReserved
		}
		return nil
	},
}
