package policies

import (
	"net/netip"

	"github.com/crossvpc/crossvpc/internal/cidr"
)

// Rule is one of a policy that selects the pod, for one direction.
type Rule struct {
	// Kind and Name of its policy.
	Kind, Name string
	// Denies what it names, whatever other rules admit.
	Denies bool
	// Closes the pod for what no rule admits.
	Closes bool
	// Blocks that it names. A peer's pods are addresses outside of this cluster, so selectors of pods name none of them: Subject.Mesh says where that is not so.
	Blocks []netip.Prefix
	// Ports that it is for; empty: all.
	Ports []Port
	// Inside: what it admits is looked into, and some of it refused.
	Inside bool
	// Unsettled is why it cannot be told what else it names; empty: it can.
	Unsettled string
}

// everything is all addresses.
func everything() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
}

// blocks leaves out what is no CIDR: the API server let none of those in.
func blocks(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		if block, err := cidr.Parse(text); err == nil {
			all = append(all, block)
		}
	}
	return all
}
