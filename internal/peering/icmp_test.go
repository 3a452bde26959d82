package peering

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestMessagesOfICMPAreAdmittedOneByOneInTheFamilyThatHasThem(t *testing.T) {
	t.Parallel()
	blocks := []netip.Prefix{netip.MustParsePrefix("10.12.0.0/16"), netip.MustParsePrefix("fd00::/56")}
	for name, c := range map[string]struct {
		rule v1alpha1.IngressRule
		want []string
	}{
		"every message of both":         {v1alpha1.IngressRule{Protocol: "ICMP"}, []string{"icmp from 10.12.0.0/16", "icmpv6 from fd00::/56"}},
		"fragmentation needed":          {v1alpha1.IngressRule{Protocol: "ICMP", ICMPType: new(int32(3)), ICMPCode: new(int32(4))}, []string{"icmp type 3 code 4 from 10.12.0.0/16"}},
		"every code of a type":          {v1alpha1.IngressRule{Protocol: "ICMP", ICMPType: new(int32(8))}, []string{"icmp type 8 from 10.12.0.0/16"}},
		"type and code 0, echo reply":   {v1alpha1.IngressRule{Protocol: "ICMP", ICMPType: new(int32(0)), ICMPCode: new(int32(0))}, []string{"icmp type 0 code 0 from 10.12.0.0/16"}},
		"packet too big":                {v1alpha1.IngressRule{Protocol: "ICMPv6", ICMPType: new(int32(2))}, []string{"icmpv6 type 2 from fd00::/56"}},
		"every message of ICMPv6":       {v1alpha1.IngressRule{Protocol: "ICMPv6"}, []string{"icmpv6 from fd00::/56"}},
		"ports have nothing to do here": {v1alpha1.IngressRule{Protocol: "TCP", FromPort: new(int32(3)), ToPort: new(int32(4))}, []string{"tcp 3-4 from 10.12.0.0/16", "tcp 3-4 from fd00::/56"}},
	} {
		var got []string
		for _, ingress := range desiredIngress([]v1alpha1.IngressRule{c.rule}, blocks) {
			got = append(got, ingress.String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	alone := desiredIngress([]v1alpha1.IngressRule{{Protocol: "ICMP", ICMPType: new(int32(3)), ICMPCode: new(int32(4))}}, blocks[:1])
	rule := SecurityGroupRule{Source: alone[0].Source, Protocol: alone[0].Protocol, FromPort: alone[0].FromPort, ToPort: alone[0].ToPort}
	if !rule.admits(Traffic{Protocol: tooBig}) {
		t.Error("path MTU discovery does not find what it needs")
	}
}
