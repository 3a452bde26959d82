package crd

import (
	"net/netip"
	"testing"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// blockFields are the places for blocks of addresses in our specs, and what else they ask of one.
var blockFields = []struct {
	plural string
	path   []any
	takes  func(netip.Prefix) bool
}{
	{"vpcpeerings", []any{"spec", "requester", "routes", "excludeCIDRs", 0}, func(netip.Prefix) bool { return true }},
	{"vpcpeerings", []any{"spec", "adopt", "accepter", "routes", 0, "destination"}, func(netip.Prefix) bool { return true }},
	{"peeredclusters", []any{"spec", "cilium", "nativeRoutingCIDR"}, func(p netip.Prefix) bool { return p.Addr().Is4() && p.Bits() >= 8 }},
	{"peeredclusters", []any{"spec", "cilium", "acknowledgedCIDRs", 0}, func(p netip.Prefix) bool { return p.Addr().Is4() }},
}

// FuzzTheAPIServerAndGoAgreeOnBlocks: a block that the API server lets in and Go reads otherwise, or not at all, would be
// dropped without a word; one that Go takes and the API server refuses would be refused without need.
func FuzzTheAPIServerAndGoAgreeOnBlocks(f *testing.F) {
	for _, text := range []string{
		"10.12.0.0/16", "10.12.0.1/16", "0.0.0.0/0", "10.0.0.0/7", "10.0.0.0/8", "10.0.0.0/32", "10.0.0.0/33", "10.0.0.0/08", "010.0.0.0/8", "10.0.0/8",
		"10.0.0.0", " 10.0.0.0/8", "10.0.0.0/8 ", "2001:db8::/32", "2001:DB8::/32", "2001:db8::1/32", "::ffff:10.0.0.0/104", "::/0", "fe80::%eth0/64", "10.0.0.0/-1", "/8", "",
	} {
		f.Add(text)
	}
	gates := map[string]gate{"vpcpeerings": gateOf(f, "vpcpeerings"), "peeredclusters": gateOf(f, "peeredclusters")}
	f.Fuzz(func(t *testing.T, text string) {
		prefix, err := netip.ParsePrefix(text)
		_, own := cidr.Parse(text)
		for _, field := range blockFields {
			g := gates[field.plural]
			wanted := err == nil && own == nil && prefix == prefix.Masked() && field.takes(prefix)
			if admitted := g.takes(field.path, text); admitted != wanted {
				t.Errorf("%v: %q: the API server lets it in: %t; Go takes it: %t", field.path, text, admitted, wanted)
			}
		}
	})
}
