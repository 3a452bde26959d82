package cilium

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func prefix(s string) netip.Prefix {
	if s == "" {
		return netip.Prefix{}
	}
	return netip.MustParsePrefix(s)
}

func prefixes(list ...string) []netip.Prefix {
	var set []netip.Prefix
	for _, s := range list {
		set = append(set, prefix(s))
	}
	return set
}

// The VPC is 10.11.0.0/16 with the secondary block 100.64.0.0/16. A column per
// version: does its agent start with the value?
func TestAcceptsNativeCIDRAsTheAgentOfEachVersionDoes(t *testing.T) {
	columns := []string{"1.15.19", "1.16.0", "1.17.0", "1.18.0", "1.19.1", "1.20.0", "1.20.1", "1.20.2", "1.21.0", "latest"}
	for name, tc := range map[string]struct {
		value, accepted string
	}{
		"unset":                               {"", "yyyyyyyyyy"},
		"the primary block":                   {"10.11.0.0/16", "yyyyyyyyyy"},
		"contains the primary block":          {"10.8.0.0/13", "yyyyyyyyyy"},
		"inside the primary block":            {"10.11.4.0/24", "yyyyyyyyyn"},
		"aligned sibling of the primary":      {"10.10.0.0/16", "yyyyynnnnn"},
		"neighbour that is no sibling":        {"10.12.0.0/16", "nnnnnnnnnn"},
		"the secondary block":                 {"100.64.0.0/16", "yyyyynnyyn"},
		"contains the secondary block alone":  {"100.64.0.0/10", "yyyyynnyyn"},
		"aligned sibling of the secondary":    {"100.65.0.0/16", "yyyyynnnnn"},
		"a peer alone":                        {"10.50.0.0/16", "nnnnnnnnnn"},
		"everything: file exists before 1.17": {"0.0.0.0/0", "nnyyyyyyyn"},
	} {
		t.Run(name, func(t *testing.T) {
			for i, version := range columns {
				err := agentAccepts(ParseImage("cilium:v"+version), prefix("10.11.0.0/16"), prefixes("100.64.0.0/16"), prefix(tc.value))
				if accepted := tc.accepted[i] == 'y'; accepted != (err == nil) {
					t.Errorf("%s: %v", version, err)
				}
				if err != nil && !errors.Is(err, ErrNativeCIDR) {
					t.Errorf("%s: %v is no ErrNativeCIDR", version, err)
				}
			}
		})
	}
}

func TestTheRefusalIsWordedAsInTheAgentsLog(t *testing.T) {
	for version, want := range map[string]string{
		"v1.18.0": "None of the VPC CIDRs contains the specified native routing CIDR",
		"v1.20.1": "configured --ipv4-native-routing-cidr 10.50.0.0/16 does not overlap the VPC primary CIDR 10.11.0.0/16",
		"v1.20.2": "configured --ipv4-native-routing-cidr 10.50.0.0/16 overlaps neither the VPC primary CIDR 10.11.0.0/16 nor any secondary CIDR association [100.64.0.0/16]",
		"latest":  "10.50.0.0/16 does not contain the VPC primary CIDR 10.11.0.0/16",
	} {
		err := agentAccepts(ParseImage("cilium:"+version), prefix("10.11.0.0/16"), prefixes("100.64.0.0/16"), prefix("10.50.0.0/16"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", version, err)
		}
	}
}

func TestParseNativeCIDRTakesOneIPv4CIDR(t *testing.T) {
	for value, want := range map[string]string{
		"":                          "",
		"10.11.0.0/16":              "10.11.0.0/16",
		"10.11.12.13/16":            "10.11.0.0/16",
		"10.11.0.0/16,10.12.0.0/16": "error",
		"10.11.0.0/16 10.12.0.0/16": "error",
		"fd00::/48":                 "error",
		"10.11.0.0":                 "error",
		" 10.11.0.0/16":             "error",
	} {
		got, err := ParseNativeCIDR(value)
		if (err != nil) != (want == "error") {
			t.Errorf("%q: %v", value, err)
		} else if err == nil && got != prefix(want) {
			t.Errorf("%q: %s", value, got)
		}
		if err != nil && !errors.Is(err, ErrNativeCIDR) {
			t.Errorf("%q: %v is no ErrNativeCIDR", value, err)
		}
	}
}
