package access

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestANameThatResolvesToTheMetadataServiceIsNotDialled(t *testing.T) {
	for _, address := range []string{"169.254.169.254:443", "[fd00:ec2::254]:443", "[::ffff:169.254.170.2]:443", "0.0.0.0:443"} {
		t.Run(address, func(t *testing.T) {
			if err := dialer.Control("tcp", address, nil); !errors.Is(err, ErrReserved) {
				t.Fatalf("error is %v", err)
			}
		})
	}
	if err := dialer.Control("tcp", "10.0.0.1:443", nil); err != nil {
		t.Errorf("a private address is refused: %v", err)
	}
}

func TestAReservedAddressIsRefusedInAnySpelling(t *testing.T) {
	for host, part := range map[string]string{
		"169.254.169.254": "link-local", "169.254.169.254.": "link-local", "[fd00:ec2::254]": "link-local", "[fe80::1%25eth0]": "link-local",
		"instance-data": "link-local", "Instance-Data.EC2.internal": "link-local", "metadata.google.internal.": "link-local",
		"2852039166": "usual spelling", "0xA9FEA9FE": "usual spelling", "169.254.43518": "usual spelling", "0251.0376.0251.0376": "usual spelling", "169.254.169.0xfe": "usual spelling",
	} {
		t.Run(host, func(t *testing.T) {
			if err := checkAddress("https://" + host + ":6443"); err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("error is %v, want one with %q", err, part)
			}
		})
	}
	for _, host := range []string{"10.0.0.1", "api.example.com", "0x.example.com", "k8s-1", "[2001:db8::1]", "1.example"} {
		if err := checkAddress("https://" + host); err != nil {
			t.Errorf("%s is refused: %v", host, err)
		}
	}
}

// names is a resolver with a table.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	address, err := netip.ParseAddr(n[host])
	return []netip.Addr{address}, err
}

func TestANameThatAProxyWouldDialIsLookedUpBefore(t *testing.T) {
	proxy := func(*http.Request) (*url.URL, error) { return &url.URL{Scheme: "http", Host: "proxy:3128"}, nil }
	known := names{"sneaky.example.com": "169.254.169.254", "api.example.com": "10.0.0.1"}
	for name, test := range map[string]struct {
		host  string
		proxy func(*http.Request) (*url.URL, error)
		want  error
	}{
		"to the metadata service":           {"sneaky.example.com", proxy, ErrReserved},
		"to a private address":              {"api.example.com", proxy, nil},
		"a name that only the proxy knows":  {"inside.example.com", proxy, nil},
		"no proxy: what is dialled is seen": {"sneaky.example.com", func(*http.Request) (*url.URL, error) { return nil, nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if err := checkProxied(t.Context(), "https://"+test.host+":6443", test.proxy, known); !errors.Is(err, test.want) {
				t.Errorf("error is %v, want %v", err, test.want)
			}
		})
	}
}
