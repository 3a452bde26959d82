package probe

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func prefixes(texts ...string) []netip.Prefix {
	var parsed []netip.Prefix
	for _, text := range texts {
		parsed = append(parsed, netip.MustParsePrefix(text))
	}
	return parsed
}

// rule is a rule of priority 111 of the pod 10.11.4.91; to "" is everywhere.
func rule(to string, table int) Rule {
	r := Rule{Priority: 111, Source: netip.MustParsePrefix("10.11.4.91/32"), Table: table}
	if to != "" {
		r.Destination = netip.MustParsePrefix(to)
	}
	return r
}

func TestRulesAreJudgedByContainment(t *testing.T) {
	other := Rule{Priority: 111, Source: netip.MustParsePrefix("10.11.4.92/32"), Table: 11}
	ingress := Rule{Priority: 20, Destination: netip.MustParsePrefix("10.11.4.91/32"), Table: 254}
	main := Rule{Priority: 32766, Table: 254}
	for _, test := range []struct {
		name           string
		eni            int
		rules          []Rule
		missing, wrong []string
	}{
		{"masquerading off: no destination at all", 1, []Rule{rule("", 11)}, nil, nil},
		{"only the VPC is covered: the incident", 1, []Rule{ingress, rule("10.11.0.0/16", 11), main}, []string{"10.12.0.0/16", "100.65.0.0/24"}, nil},
		{"wider blocks contain the peer's", 1, []Rule{rule("10.8.0.0/13", 11), rule("100.64.0.0/10", 11)}, nil, nil},
		{"blocks merged with a neighbour equal none of the peer's", 1, []Rule{rule("10.12.0.0/15", 11), rule("100.64.0.0/15", 11)}, nil, nil},
		{"halves add up", 1, []Rule{rule("10.12.0.0/17", 11), rule("10.12.128.0/17", 11), rule("100.65.0.0/24", 11)}, nil, nil},
		{"a half is missing", 1, []Rule{rule("10.12.0.0/17", 11), rule("100.65.0.0/24", 11)}, []string{"10.12.128.0/17"}, nil},
		{"no rule at all", 1, []Rule{main}, []string{"10.12.0.0/16", "100.65.0.0/24"}, nil},
		{"another pod's rules are no help", 1, []Rule{other}, []string{"10.12.0.0/16", "100.65.0.0/24"}, nil},
		{"on ENI 0 the main table will do", 0, []Rule{main}, nil, nil},
		{"a stale rule of the former ENI comes first", 1, []Rule{rule("10.0.0.0/8", 12), rule("", 11)}, nil, []string{"111: from 10.11.4.91/32 to 10.0.0.0/8 lookup 12"}},
		{"a stale rule that touches no peer is harmless", 1, []Rule{rule("10.11.0.0/16", 12), rule("", 11)}, nil, nil},
		{"a stale rule that comes last is harmless", 1, []Rule{rule("", 11), rule("10.0.0.0/8", 12)}, nil, nil},
		{"a stale rule on ENI 0", 0, []Rule{rule("10.12.0.0/16", 11)}, nil, []string{"111: from 10.11.4.91/32 to 10.12.0.0/16 lookup 11"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod := PodAddress{Address: netip.MustParseAddr("10.11.4.91"), ENI: test.eni}
			verdict := JudgeRules(test.rules, pod, prefixes("10.12.0.0/16", "100.65.0.0/24", "2001:db8::/56"))
			if diff := cmp.Diff(test.missing, none(verdict.Missing)); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wrong, none(verdict.Wrong)); diff != "" {
				t.Errorf("wrong (-want +got):\n%s", diff)
			}
			if verdict.Covered() != (len(test.missing)+len(test.wrong) == 0) || verdict.Table != 10+test.eni {
				t.Errorf("the verdict is %+v", verdict)
			}
		})
	}
}

func none(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

func TestAPodAddressNamesItsENI(t *testing.T) {
	got, err := ParsePodAddress("10.11.4.91=2")
	if want := (PodAddress{netip.MustParseAddr("10.11.4.91"), 2}); err != nil || got != want {
		t.Errorf("it reads as %v, %v", got, err)
	}
	for _, bad := range []string{"10.11.4.91", "10.11.4.91=", "10.11.4.91=-1", "10.11.4.91=one", "pod=1", "10.11.4.0/24=1"} {
		if _, err := ParsePodAddress(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
