package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestRulesGoFirstOnlyWhereThatMakesRoomForWhatIsWanted(t *testing.T) {
	port := func(number int32) v1alpha1.IngressRule {
		return v1alpha1.IngressRule{Protocol: v1alpha1.ProtocolTCP, FromPort: &number, ToPort: &number}
	}
	tcp := func(number int32) func(*SecurityGroupRule) {
		return func(r *SecurityGroupRule) { r.Protocol, r.FromPort, r.ToPort = "tcp", number, number }
	}
	for name, test := range map[string]struct {
		wanted []v1alpha1.IngressRule
		have   []SecurityGroupRule
		peer   *VPC
		ok     bool
	}{
		"one port for another":                  {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443))}, nil, true},
		"one port for two":                      {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443)), rule("sgr-2", "10.12.0.0/16", tcp(80))}, nil, true},
		"two ports for one":                     {[]v1alpha1.IngressRule{port(8443), port(9443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443))}, nil, false},
		"one more port":                         {[]v1alpha1.IngressRule{port(443), port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443))}, nil, false},
		"the rules there are somebody else's":   {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443), foreignRule)}, nil, false},
		"a rule of the other family frees none": {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "2001:db8::/56", tcp(443))}, nil, false},
		"both families for both":                {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443)), rule("sgr-2", "2001:db8::/56", tcp(443))}, vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56"), true},
		"both families, and one place too few":  {[]v1alpha1.IngressRule{port(8443)}, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", tcp(443)), rule("sgr-2", "10.12.0.0/16", tcp(80))}, vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56"), false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16", "2001:db8:1::/56")
			if test.peer != nil {
				s.side(Accepter).VPC = test.peer
			}
			s.Spec.Requester.SecurityGroups.Ingress = test.wanted
			s.side(Requester).Rules = test.have
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			if _, ok := plan.MakeRoom(euGroup, false, test.have); ok != test.ok {
				t.Errorf("it makes room: %t, want %t, for %v", ok, test.ok, lines(plan.Actions))
			}
		})
	}
}
