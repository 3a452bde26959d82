package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
)

func TestWhatASideExcludesItNeitherRoutesToNorAdmits(t *testing.T) {
	for name, test := range map[string]struct {
		excluded []string
		reached  []string
		idle     []string // parts of what is said
	}{
		"nothing":                        {nil, []string{"10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/16"}, nil},
		"a wider block":                  {[]string{"100.64.0.0/10"}, []string{"10.12.0.0/16", "10.13.0.0/16"}, nil},
		"the very block":                 {[]string{"100.64.0.0/16"}, []string{"10.12.0.0/16", "10.13.0.0/16"}, nil},
		"several":                        {[]string{"100.64.0.0/16", "10.13.0.0/16"}, []string{"10.12.0.0/16"}, nil},
		"everything":                     {[]string{"0.0.0.0/0"}, nil, nil},
		"a part of a block":              {[]string{"10.12.128.0/17"}, []string{"10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/16"}, []string{"10.12.128.0/17 excludes nothing: it is a part of 10.12.0.0/16"}},
		"both halves are no whole":       {[]string{"10.12.0.0/17", "10.12.128.0/17"}, []string{"10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/16"}, []string{"10.12.0.0/17 excludes", "10.12.128.0/17 excludes"}},
		"a block of nobody":              {[]string{"192.168.0.0/16", "100.64.0.0/16"}, []string{"10.12.0.0/16", "10.13.0.0/16"}, []string{"192.168.0.0/16 excludes nothing: vpc-us has no block in it"}},
		"IPv6 excludes no IPv4":          {[]string{"::/0"}, []string{"10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/16"}, []string{"::/0 excludes nothing"}},
		"one that is in another as well": {[]string{"10.12.0.0/15", "10.12.0.0/16"}, []string{"100.64.0.0/16"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/16")
			s.Spec.Requester.Routes.ExcludeCIDRs = test.excluded
			plan := MakePlan(s.Request, s.Snapshot)
			var routed, admitted []string
			for _, action := range plan.Routes.Requester.Actions {
				routed = append(routed, action.(CreateRoute).Destination.String())
			}
			for _, action := range plan.Rules.Requester.Actions {
				for _, rule := range action.(AuthorizeRules).Rules {
					admitted = append(admitted, rule.Source.String())
				}
			}
			expectLines(t, "routed", test.reached, routed)
			expectLines(t, "admitted", test.reached, admitted)
			expectLines(t, "what the path leads to", test.reached, cidr.Strings((&pathCheck{request: s.Request, snapshot: s.Snapshot}).peers(Requester)))
			if got := plan.Routes.Requester.IdleExclusions; len(got) != len(test.idle) {
				t.Errorf("it says %q, want %q", got, test.idle)
			}
			said := strings.Join(plan.Status().Actions, "\n")
			for _, part := range test.idle {
				if !strings.Contains(said, "Note: spec.requester.routes.excludeCIDRs: "+part) {
					t.Errorf("the plan lacks %q:\n%s", part, said)
				}
			}
			if len(plan.Rules.Accepter.Actions) != 1 || len(plan.Routes.Accepter.Actions) != 1 {
				t.Error("the other side's rules and routes are its own affair")
			}
		})
	}
}

func TestRulesOfABlockThatBecomesExcludedAreWithdrawn(t *testing.T) {
	s := connected()
	s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "100.64.0.0/16")
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16"), rule("sgr-2", "100.64.0.0/16"), rule("sgr-3", "100.64.0.0/16", foreignRule)}
	s.Spec.Requester.Routes.ExcludeCIDRs = []string{"100.64.0.0/10"}
	expectLines(t, "actions", []string{"remove sgr-2 from sg-eu (requester)"}, lines(PlanRules(s.Request, s.Snapshot, Requester).Actions))
	s.Spec.Requester.Routes.ExcludeCIDRs = []string{"0.0.0.0/0"}
	expectLines(t, "actions", []string{"remove sgr-1, sgr-2 from sg-eu (requester)"}, lines(PlanRules(s.Request, s.Snapshot, Requester).Actions))
}

func TestAnExcludedBlockNeedsNoRuleAndNoACLOnThePath(t *testing.T) {
	s := openPath()
	s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "100.64.0.0/16")
	s.Spec.Requester.Routes.ExcludeCIDRs = []string{"100.64.0.0/10"}
	s.side(Requester).NetworkACLs[0].Entries = entries(deny(1, "-1 100.64.0.0/10 both"), allow(2, "-1 0.0.0.0/0 both"))
	if path := CheckPath(s.Request, s.Snapshot); len(path.Findings) > 0 {
		t.Errorf("it finds %s", path.Obstacles())
	}
}

func TestIPv6BlocksOfThePeerAreForVPCsThatHaveIPv6(t *testing.T) {
	for name, test := range map[string]struct {
		own  []string
		want []string
	}{
		"a VPC without IPv6":                     {[]string{"10.11.0.0/16"}, []string{"10.12.0.0/16"}},
		"a VPC with IPv6":                        {[]string{"10.11.0.0/16", "2001:db8:1::/56"}, []string{"10.12.0.0/16", "2001:db8:2::/56"}},
		"one whose IPv6 block is on its way in":  {[]string{"10.11.0.0/16", "associating 2001:db8:1::/56"}, []string{"10.12.0.0/16", "2001:db8:2::/56"}},
		"one whose IPv6 block is on its way out": {[]string{"10.11.0.0/16", "disassociating 2001:db8:1::/56"}, []string{"10.12.0.0/16", "2001:db8:2::/56"}},
		"one that had IPv6 once":                 {[]string{"10.11.0.0/16", "disassociated 2001:db8:1::/56"}, []string{"10.12.0.0/16"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.side(Requester).VPC, s.side(Accepter).VPC = vpc("vpc-eu", test.own...), vpc("vpc-us", "10.12.0.0/16", "2001:db8:2::/56")
			expectLines(t, "reached", test.want, cidr.Strings(s.Reached(s.Snapshot, Requester)))
			plan := MakePlan(s.Request, s.Snapshot)
			if got := len(plan.Routes.Requester.Actions); got != len(test.want) {
				t.Errorf("it makes %d routes, want %d", got, len(test.want))
			}
			if got := len(plan.Rules.Requester.Actions[0].(AuthorizeRules).Rules); got != len(test.want) {
				t.Errorf("it makes %d rules, want %d", got, len(test.want))
			}
		})
	}
}

func TestOverlappingBlocksAreSaidWithWhatIsLeftAndWhatElseHelps(t *testing.T) {
	for name, test := range map[string]struct {
		eu, us []string
		part   string
	}{
		"100.64.0.0/10 on both sides": {[]string{"10.11.0.0/16", "100.64.0.0/10"}, []string{"10.12.0.0/16", "100.64.0.0/10"}, "10.11.0.0/16 of vpc-eu and 10.12.0.0/16 of vpc-us could be routed to each other"},
		"a part of it":                {[]string{"10.11.0.0/16", "100.64.0.0/16"}, []string{"10.12.0.0/16", "10.13.0.0/16", "100.64.0.0/10"}, "10.11.0.0/16 of vpc-eu and 10.12.0.0/16, 10.13.0.0/16 of vpc-us"},
		"nothing is left":             {[]string{"10.11.0.0/16"}, []string{"10.0.0.0/8"}, ""},
		"nothing is left on one side": {[]string{"10.11.0.0/16", "10.99.0.0/16"}, []string{"10.11.0.0/16"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.side(Requester).VPC, s.side(Accepter).VPC = vpc("vpc-eu", test.eu...), vpc("vpc-us", test.us...)
			judged := FindingsVerdict(Preflight(s.Request, s.Snapshot))
			if judged.Reason != v1alpha1.ReasonOverlappingCIDRs || !strings.Contains(judged.Message, test.part) {
				t.Errorf("it says %s: %s", judged.Reason, judged.Message)
			}
			for _, alternative := range []string{"transit gateway", "PrivateLink"} {
				if strings.Contains(judged.Message, alternative) != (test.part != "") {
					t.Errorf("the alternatives are wrong in: %s", judged.Message)
				}
			}
		})
	}
}
