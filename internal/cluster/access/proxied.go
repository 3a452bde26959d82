package access

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
)

// Where HTTPS_PROXY is set on crossvpc itself, the proxy dials: what address that is, nobody here sees.
// So a name is looked up before, as it is seen from here. Whether the proxy resolves it to the same
// address, and refuses link-local ones, is the proxy's to ensure (docs/access.md).

// resolver finds the addresses of a name; *net.Resolver is one.
type resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// checkProxied refuses a name that resolves to a reserved address, where a proxy is used for it.
func checkProxied(ctx context.Context, server string, proxy func(*http.Request) (*url.URL, error), names resolver) error {
	parsed, err := url.Parse(server)
	if err != nil {
		return err
	}
	through, err := proxy(&http.Request{URL: parsed})
	if err != nil || through == nil {
		return nil // a proxy that is not valid is not used, and the call says so
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := names.LookupNetIP(ctx, "ip", parsed.Hostname())
	if err != nil {
		return nil // only the proxy knows it
	}
	if slices.ContainsFunc(found, isReserved) {
		return ErrReserved
	}
	return nil
}
