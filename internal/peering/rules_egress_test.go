package peering

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestPlanRulesThatLetOut(t *testing.T) {
	const admit = "let sg-eu (requester) admit all traffic from 10.12.0.0/16"
	out := func(id, block string, edit ...func(*SecurityGroupRule)) SecurityGroupRule {
		return rule(id, block, append(edit, egress)...)
	}
	https := func(r *SecurityGroupRule) { r.Protocol, r.FromPort, r.ToPort = "tcp", 443, 443 }
	port := int32(443)
	onlyHTTPS := func(s *scene) {
		s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
	}
	anothers := func(r *SecurityGroupRule) {
		r.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another", v1alpha1.TagManagedBy: "inst"}
	}
	sameInstallation := func(s *scene) { s.Tags[v1alpha1.TagManagedBy] = "inst" }
	for name, test := range map[string]struct {
		rules []SecurityGroupRule
		edit  func(*scene)
		want  []string
	}{
		"the rule of every new group lets out all": {[]SecurityGroupRule{out("sgr-1", "0.0.0.0/0", foreignRule)}, nil, []string{admit}},
		"none does":                      {nil, nil, []string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"a narrower block is not enough": {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/17", foreignRule)}, nil, []string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"a port of all is not enough":    {[]SecurityGroupRule{out("sgr-1", "0.0.0.0/0", foreignRule, https)}, nil, []string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"another group's rule is not its own": {[]SecurityGroupRule{out("sgr-1", "0.0.0.0/0", foreignRule, func(r *SecurityGroupRule) { r.GroupID = "sg-x" })}, nil,
			[]string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"what admits lets nothing out": {[]SecurityGroupRule{rule("sgr-1", "0.0.0.0/0", foreignRule)}, nil, []string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"only what the other side admits": {nil, func(s *scene) {
			s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}, {Protocol: v1alpha1.ProtocolICMP, ICMPType: new(int32(3))}}
		}, []string{admit, "let sg-eu (requester) let out tcp 443 to 10.12.0.0/16, icmp type 3 to 10.12.0.0/16"}},
		"which others let out already": {[]SecurityGroupRule{out("sgr-1", "10.0.0.0/8", foreignRule, func(r *SecurityGroupRule) { r.Protocol, r.FromPort, r.ToPort = "tcp", 0, 65535 })}, func(s *scene) {
			s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
		}, []string{admit}},
		"IPv6 beside IPv4": {[]SecurityGroupRule{out("sgr-1", "0.0.0.0/0", foreignRule)}, func(s *scene) {
			s.side(Requester).VPC, s.side(Accepter).VPC = vpc("vpc-eu", "10.11.0.0/16", "2001:db8:1::/56"), vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56")
		}, []string{admit + ", all traffic from 2001:db8::/56", "let sg-eu (requester) let out all traffic to 2001:db8::/56"}},
		"an excluded block":                            {nil, func(s *scene) { s.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.0.0.0/8"} }, []string{}},
		"ours stays where somebody lets out all later": {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16"), out("sgr-2", "0.0.0.0/0", foreignRule)}, nil, []string{admit}},
		"A4 ours goes when it is no longer asked for, and nothing else": {
			[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16"), out("sgr-2", "10.12.0.0/16", foreignRule, https), out("sgr-3", "10.12.0.0/16", func(r *SecurityGroupRule) {
				r.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"}
			})},
			func(s *scene) { s.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressReport }, []string{admit, "remove sgr-1 from sg-eu (requester)"},
		},
		"narrowed, what is wanted comes before the wide rule of ours goes": {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16")}, onlyHTTPS,
			[]string{admit, "let sg-eu (requester) let out tcp 443 to 10.12.0.0/16", "remove sgr-1 from sg-eu (requester)"}},
		"also while EC2 does not show the tags of the wide rule yet": {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16", foreignRule)}, func(s *scene) {
			onlyHTTPS(s)
			s.Inventory.Requester.SecurityGroupRules = []v1alpha1.InventoryRule{{SecurityGroupID: euGroup, RuleID: "sgr-1", Egress: true, Source: "10.12.0.0/16", Protocol: "-1", FromPort: -1, ToPort: -1, State: v1alpha1.InventoryPending}}
		}, []string{admit, "let sg-eu (requester) let out tcp 443 to 10.12.0.0/16"}},
		"a wider rule of another VPCPeering goes with it": {[]SecurityGroupRule{out("sgr-1", "10.0.0.0/8", anothers)}, sameInstallation,
			[]string{admit, "let sg-eu (requester) let out all traffic to 10.12.0.0/16"}},
		"the very rule of another VPCPeering is relied on":  {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16", anothers)}, sameInstallation, []string{admit}},
		"a wide rule of ours goes where others let out all": {[]SecurityGroupRule{out("sgr-1", "10.12.0.0/16"), out("sgr-2", "0.0.0.0/0", foreignRule)}, onlyHTTPS, []string{admit, "remove sgr-1 from sg-eu (requester)"}},
		"somebody else makes the rules":                     {nil, func(s *scene) { s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone }, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow
			s.side(Requester).Rules = test.rules
			if test.edit != nil {
				test.edit(s)
			}
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			if diff := cmp.Diff(test.want, lines(plan.Actions)); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			for _, action := range plan.Actions {
				if made, is := action.(AuthorizeRules); is && made.Tags[v1alpha1.TagOwner] != owner {
					t.Errorf("A2: %s carries no owner tag", made)
				}
			}
		})
	}
}

// Of one rule after the other the wanted one is first, and what somebody else is to make is not missing while ours lets it out.
func TestAWideRuleThatLetsOutStaysUntilTheNarrowOneIsThere(t *testing.T) {
	port := int32(443)
	s := connected()
	s.Spec.Requester.SecurityGroups.Egress = v1alpha1.EgressAllow
	s.Spec.Accepter.SecurityGroups.Ingress = []v1alpha1.IngressRule{{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port}}
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16"), rule("sgr-2", "10.12.0.0/16", egress)}
	plan := PlanRules(s.Request, s.Snapshot, Requester)
	expectLines(t, "now", []string{"let sg-eu (requester) let out tcp 443 to 10.12.0.0/16"}, lines(plan.Next()))
	s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone
	if plan := PlanRules(s.Request, s.Snapshot, Requester); len(plan.Missing) > 0 || len(plan.Actions) > 0 {
		t.Errorf("with groups: None %v is missing, and it would %v", plan.Missing, plan.Actions)
	}
}

// EC2 counts each direction by itself: what is no longer admitted makes no room for what is let out.
func TestRoomIsMadeInTheDirectionThatIsFull(t *testing.T) {
	out := Ingress{prefix("10.12.0.0/16"), "tcp", 443, 443}
	plan := RulesPlan{Actions: []Action{
		AuthorizeRules{On: Requester, GroupID: euGroup, Egress: true, Rules: []Ingress{out}},
		RevokeRules{On: Requester, GroupID: euGroup, RuleIDs: []string{"sgr-1"}},
	}}
	have := []SecurityGroupRule{rule("sgr-1", "10.13.0.0/16"), rule("sgr-2", "10.13.0.0/16", egress)}
	if revoke, ok := plan.MakeRoom(euGroup, true, have); ok {
		t.Errorf("it removes %+v", revoke)
	}
	plan.Actions = append(plan.Actions, RevokeRules{On: Requester, GroupID: euGroup, Egress: true, RuleIDs: []string{"sgr-2"}})
	if revoke, ok := plan.MakeRoom(euGroup, true, have); !ok || !revoke.Egress {
		t.Errorf("it removes %+v: %t", revoke, ok)
	}
}
