package peering

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestARuleCoversWhatItLetsOutWhole(t *testing.T) {
	block := prefix("10.12.0.0/16")
	for name, test := range map[string]struct {
		source   netip.Prefix
		protocol string
		from, to int32
		wanted   Ingress
		covers   bool
	}{
		"all traffic":                      {block, "-1", -1, -1, Ingress{block, "tcp", 443, 443}, true},
		"a wider block":                    {prefix("10.0.0.0/8"), "-1", -1, -1, Ingress{block, "tcp", 443, 443}, true},
		"another block":                    {prefix("10.13.0.0/16"), "-1", -1, -1, Ingress{block, "tcp", 443, 443}, false},
		"a prefix list, which is no block": {netip.Prefix{}, "-1", -1, -1, Ingress{block, "tcp", 443, 443}, false},
		"the port":                         {block, "tcp", 443, 443, Ingress{block, "tcp", 443, 443}, true},
		"a range with the port":            {block, "tcp", 400, 500, Ingress{block, "tcp", 443, 443}, true},
		"a range that ends before it":      {block, "tcp", 400, 442, Ingress{block, "tcp", 443, 443}, false},
		"a range that begins after it":     {block, "tcp", 444, 500, Ingress{block, "tcp", 443, 443}, false},
		"a range that begins within":       {block, "tcp", 444, 500, Ingress{block, "tcp", 443, 500}, false},
		"all ports, spelled -1":            {block, "tcp", -1, -1, Ingress{block, "tcp", 443, 443}, true},
		"another protocol":                 {block, "udp", 443, 443, Ingress{block, "tcp", 443, 443}, false},
		"every message of ICMP":            {block, "icmp", -1, -1, Ingress{block, "icmp", 3, 4}, true},
		"every code of the type":           {block, "icmp", 3, -1, Ingress{block, "icmp", 3, 4}, true},
		"the code":                         {block, "icmp", 3, 4, Ingress{block, "icmp", 3, 4}, true},
		"another code":                     {block, "icmp", 3, 1, Ingress{block, "icmp", 3, 4}, false},
		"another type of the same code":    {block, "icmp", 8, 4, Ingress{block, "icmp", 3, 4}, false},
		"a type where all is wanted":       {block, "icmp", 3, -1, Ingress{block, "icmp", -1, -1}, false},
		"one code where the type is":       {block, "icmp", 3, 4, Ingress{block, "icmp", 3, -1}, false},
	} {
		rule := SecurityGroupRule{Source: test.source, Protocol: test.protocol, FromPort: test.from, ToPort: test.to}
		if got := rule.covers(test.wanted); got != test.covers {
			t.Errorf("%s: it covers %s: %t", name, test.wanted, got)
		}
	}
}

func TestA4OnlyAnEgressRuleThatWeWouldHaveMadeIsAdopted(t *testing.T) {
	port := int32(443)
	for name, test := range map[string]struct {
		edit func(*SecurityGroupRule)
		want string
	}{
		"what the other side admits": {func(*SecurityGroupRule) {}, ""},
		"something else":             {func(r *SecurityGroupRule) { r.FromPort, r.ToPort = 80, 80 }, "lets out tcp 80 to 10.12.0.0/16, and crossvpc would let out what accepter.securityGroups.ingress admits."},
	} {
		s := byTerraform()
		s.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow
		s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
		s.Spec.Adopt.Accepter = v1alpha1.SideAdoption{}
		r := &s.side(Requester).Rules[0]
		r.Egress, r.Protocol, r.FromPort, r.ToPort = true, "tcp", 443, 443
		test.edit(r)
		if got := strings.Join(findingTexts(checkAdoption(s.Request, s.Snapshot)), " "); (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAGroupOfAnotherAccountNeedsAnIdentityThere(t *testing.T) {
	for name, test := range map[string]struct {
		owner string
		none  bool
		want  int
	}{"its own account": {eu.Account, false, 0}, "nobody says": {"", false, 0}, "another account": {us.Account, false, 1}, "another account, and no rules of ours": {us.Account, true, 0}} {
		s := newScene()
		s.side(Requester).Groups[0].Owner = test.owner
		if test.none {
			s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone
		}
		found := checkGroups(s.Request, s.Snapshot, Requester)
		if len(found) != test.want || test.want > 0 && (found[0].Reason != v1alpha1.ReasonWrongAccount || !strings.Contains(found[0].Message, "sg-eu (requester) belongs to account "+us.Account)) {
			t.Errorf("%s: %v", name, found)
		}
	}
}

func TestOnlyWhatCrossvpcCouldLetOutItIsProposedFor(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		out  bool
		want bool
	}{
		"nothing is let out":            {func(*scene) {}, true, true},
		"nothing is let in":             {func(*scene) {}, false, false},
		"it is asked for already":       {func(s *scene) { s.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow }, true, false},
		"somebody else makes the rules": {func(s *scene) { s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone }, true, false},
	} {
		s := newScene()
		test.edit(s)
		check := pathCheck{request: s.Request}
		if got := check.orAllow(Requester, test.out); (got == ", or set spec.requester.securityGroups.egress to Allow") != test.want || (got == "") == test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRulesThatLetOutAreCountedByThemselves(t *testing.T) {
	in, out := RuleKey{Group: euGroup}, RuleKey{Group: euGroup, Egress: true}
	for want, keys := range map[string][]RuleKey{
		"1 rule in 1 security group admits the peer.":                                    {in},
		"1 rule in 1 security group admits the peer, and 1 rule lets traffic out to it.": {in, out},
		"2 rules in 1 security group admit the peer, and 2 rules let traffic out to it.": {in, in, out, out},
	} {
		judged := RulesVerdict(Pair[RulesPlan]{Requester: RulesPlan{InPlace: keys}})
		if judged.Progress != verdict.Done || judged.Message != want {
			t.Errorf("it says %q, want %q", judged.Message, want)
		}
	}
}

func TestWhatIsLeftUnreadSaysWhichWayARuleGoes(t *testing.T) {
	if letsOrAdmits(true) != "lets out" || letsOrAdmits(false) != "admits" {
		t.Errorf("%q and %q", letsOrAdmits(true), letsOrAdmits(false))
	}
	if OnGroups(Untag{IDs: []string{"pcx-1"}}) || !OnGroups(Untag{IDs: []string{"sgr-1"}}) || OnGroups(Untag{}) || !OnGroups(Disown{IDs: []string{"sgr-1"}}) || OnGroups(DeleteRoute{}) {
		t.Error("rules are known by their ids")
	}
}
