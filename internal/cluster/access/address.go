package access

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
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
	return checkHost(parsed.Hostname())
}

// checkHost refuses reserved addresses in any spelling, and the names of metadata services. What is
// dialled is looked at once more; but where HTTPS_PROXY is set, the proxy resolves names and dials.
func checkHost(host string) error {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	address, err := netip.ParseAddr(host)
	switch {
	case err == nil && isReserved(address), metadataNames[host]:
		return ErrReserved
	case err != nil && endsInNumber(host):
		return errors.New("server must be a name, or an address in its usual spelling, such as 10.0.0.1")
	}
	return nil
}

// metadataNames are what clouds call the address of their metadata service.
var metadataNames = map[string]bool{
	"instance-data": true, "instance-data.ec2.internal": true, "metadata": true, "metadata.google.internal": true,
}

// endsInNumber: such a host is an IPv4 address to many resolvers, as in 2852039166, 0xa9fea9fe or
// 169.254.43518 (https://url.spec.whatwg.org/#ends-in-a-number-checker).
func endsInNumber(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
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

// dialer looks at the address that is really dialled: a name may resolve to
// anything, and to something else than a moment ago.
var dialer = &net.Dialer{
	Timeout:   dialTimeout,
	KeepAlive: keepAlive,
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
