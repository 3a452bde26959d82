package backend

import (
	"net/netip"
	"testing"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func TestADecisionIsWrittenInOnePlace(t *testing.T) {
	var (
		installed = cilium.Facts{Found: true}
		chained   = cilium.Facts{Found: true, Chaining: cilium.ChainingAWSCNI}
		alone     = cilium.Facts{AWSNode: &cilium.AWSNode{}}
		value     = cilium.Decision{Kind: cilium.KindNativeRoutingCIDR}
		blocked   = cilium.Decision{Kind: cilium.KindBlocked}
		others    = cilium.Decision{Kind: cilium.KindNativeRoutingCIDR, SetByOthers: true}
		none      = cilium.Decision{Kind: cilium.KindNotRequired}
		overlay   = cilium.Decision{Kind: cilium.KindPodAddressesNotRoutable}
		toMap     = cilium.Policy{WriteTo: cilium.WriteToConfigMap}
		byHand    = cilium.Policy{WriteTo: cilium.WriteToManual}
		list      = cilium.Policy{Strategy: cilium.StrategyIPMasqAgent}
	)
	for name, tc := range map[string]struct {
		facts    cilium.Facts
		policy   cilium.Policy
		decision cilium.Decision
		// want is where the decision is written, and value where a native routing CIDR is.
		want, value string
	}{
		"a CiliumNodeConfig unless something else is asked for": {installed, cilium.Policy{}, value, CiliumNodeConfig, CiliumNodeConfig},
		"also while something stands in the way":                {installed, cilium.Policy{}, blocked, CiliumNodeConfig, CiliumNodeConfig},
		"Cilium's ConfigMap":                                    {installed, toMap, value, ConfigMap, ConfigMap},
		"a person":                                              {installed, byHand, value, Manual, Manual},
		"whoever sets it already":                               {installed, toMap, others, Manual, Manual},
		"the list of the ip-masq-agent":                         {installed, list, blocked, IPMasqAgent, CiliumNodeConfig},
		"a person, for the list of the ip-masq-agent":           {installed, cilium.Policy{Strategy: cilium.StrategyIPMasqAgent, WriteTo: cilium.WriteToManual}, blocked, Manual, Manual},
		"aws-node that Cilium is chained to":                    {chained, cilium.Policy{}, cilium.Decision{Kind: cilium.KindExcludeSNAT}, AWSNode, CiliumNodeConfig},
		"aws-node without Cilium":                               {alone, cilium.Policy{}, cilium.Decision{Kind: cilium.KindExcludeSNAT}, AWSNode, CiliumNodeConfig},
		"nowhere without Cilium":                                {cilium.Facts{}, cilium.Policy{}, blocked, "", CiliumNodeConfig},
		"nowhere if nothing is needed":                          {installed, cilium.Policy{}, none, "", CiliumNodeConfig},
		"nowhere if it would be of no use":                      {installed, toMap, overlay, "", ConfigMap},
		// A new Cilium may need nothing any more: what is live in the ConfigMap stays there.
		"a value that is live stays where it was asked for": {installed, toMap, none, "", ConfigMap},
	} {
		t.Run(name, func(t *testing.T) {
			set := New(Cluster{Facts: tc.facts})
			got := ""
			if to := set.For(tc.policy, tc.decision); to != nil {
				got = to.Name()
			}
			if value := set.ForValue(tc.policy, tc.decision).Name(); got != tc.want || value != tc.value {
				t.Errorf("written to %q, want %q; a value to %q, want %q", got, tc.want, value, tc.value)
			}
		})
	}
}

func TestEveryBackendIsFoundByItsName(t *testing.T) {
	set := New(Cluster{})
	for _, name := range []string{CiliumNodeConfig, ConfigMap, Manual, IPMasqAgent, AWSNode} {
		if found := set.Named(name); found == nil || found.Name() != name {
			t.Errorf("%s: %v", name, found)
		}
	}
	if found := set.Named("Another"); found != nil {
		t.Errorf("found %s", found.Name())
	}
}

func TestOnlyCiliumNodeConfigsCanHoldANodeBack(t *testing.T) {
	for _, backend := range New(Cluster{}).All() {
		if got, want := backend.CanHoldBack(), backend.Name() == CiliumNodeConfig; got != want {
			t.Errorf("%s: %t", backend.Name(), got)
		}
	}
}

func TestWhatIsOursIsSeenByItsBackendAlone(t *testing.T) {
	value := netip.MustParsePrefix("10.8.0.0/13")
	for name, cluster := range map[string]Cluster{
		"":               {},
		CiliumNodeConfig: {Own: []cilium.Revision{{CIDR: value}}},
		ConfigMap:        {Facts: cilium.Facts{Applied: value}},
		IPMasqAgent:      {Facts: cilium.Facts{IPMasq: cilium.IPMasq{Mark: &cilium.IPMasqMark{}}}},
		AWSNode:          {Facts: cilium.Facts{AWSNode: &cilium.AWSNode{Ours: []netip.Prefix{value}}}},
	} {
		for _, backend := range New(cluster).All() {
			if got, want := backend.Ours(), backend.Name() == name; got != want {
				t.Errorf("with something in %q, %s has something of ours: %t", name, backend.Name(), got)
			}
		}
	}
}
