package cilium

import (
	"net/netip"

	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// builtInNonMasquerade is what the ip-masq-agent takes when its file is missing
// or empty (pkg/ipmasq/ipmasq.go).
var builtInNonMasquerade = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24",
	"192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
}

// ipMasqCIDRs reads the ConfigMap of the ip-masq-agent as the agent reads the
// file that it is mounted as. What cannot be read counts as nothing: more must
// not be claimed than is known.
func ipMasqCIDRs(data map[string]string) []netip.Prefix {
	list := builtInNonMasquerade
	if text := data["config"]; text != "" {
		var config struct {
			NonMasqueradeCIDRs []string `json:"nonMasqueradeCIDRs"`
		}
		if yaml.Unmarshal([]byte(text), &config) != nil {
			return nil
		}
		list = config.NonMasqueradeCIDRs
	}
	prefixes, err := cidr.ParseAll(list)
	if err != nil {
		return nil
	}
	return prefixes
}
