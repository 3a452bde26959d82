package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func ownedBy(owner string) func(*SecurityGroupRule) {
	return func(r *SecurityGroupRule) {
		r.Tags = map[string]string{v1alpha1.TagOwner: owner, v1alpha1.TagManagedBy: "inst"}
	}
}

func TestARuleThatIsHandedOverLosesTheTagsOfItsFormerOwnerAlone(t *testing.T) {
	s := connected()
	s.Heirs = map[string]Heir{"sgr-1": {Name: "VPCPeering eu-ap", Tags: map[string]string{v1alpha1.TagOwner: "inst/network/eu-ap", "cost": "them"}}}
	s.Spec.Tags, s.TagKeys = map[string]v1alpha1.TagValue{"team": "a", "cost": "us"}, []string{"cost", "former", "team"}
	given := rule("sgr-1", "10.12.0.0/16")
	for _, key := range []string{"team", "cost", "former", "somebodys"} {
		given.Tags[key] = "x"
	}
	s.side(Requester).Rules = []SecurityGroupRule{given}
	expectLines(t, "teardown", []string{
		"remove the tags former, team from sgr-1 (requester), because another VPCPeering gets it",
		"hand sgr-1 (requester) over to VPCPeering eu-ap, which wants the same",
	}, lines(PlanTeardown(s.Request, s.Snapshot).Rules))
}

func TestARuleThatAnotherObjectWantsIsHandedOverAndNeverRevoked(t *testing.T) {
	const other = "inst/network/eu-ap"
	heir := func(refused bool) map[string]Heir {
		return map[string]Heir{"sgr-1": {Name: "VPCPeering eu-ap", Tags: map[string]string{v1alpha1.TagOwner: other}, Refused: refused}}
	}
	for name, test := range map[string]struct {
		heirs    map[string]Heir
		want     []string
		kept     int
		narrowed bool
		teardown bool
	}{
		"deleted, and nobody else wants it":  {nil, []string{"remove sgr-1, sgr-2 from sg-eu (requester)"}, 0, false, true},
		"deleted":                            {heir(false), []string{"hand sgr-1 (requester) over to VPCPeering eu-ap, which wants the same", "remove sgr-2 from sg-eu (requester)"}, 0, false, true},
		"deleted, and it may not be tagged":  {heir(true), []string{"remove sgr-2 from sg-eu (requester)"}, 1, false, true},
		"narrowed":                           {heir(false), []string{"hand sgr-1 (requester) over to VPCPeering eu-ap, which wants the same", "remove sgr-2 from sg-eu (requester)"}, 0, true, false},
		"narrowed, and it may not be tagged": {heir(true), []string{"remove sgr-2 from sg-eu (requester)"}, 1, true, false},
		"wanted by both":                     {heir(false), nil, 0, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Heirs = test.heirs
			s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16"), rule("sgr-2", "10.13.0.0/16")}
			s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16")
			if test.narrowed {
				s.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.0.0/15"}
			}
			if test.teardown {
				plan := PlanTeardown(s.Request, s.Snapshot)
				expectLines(t, "teardown", test.want, lines(plan.Rules))
				if len(plan.Kept) != test.kept {
					t.Errorf("it keeps %v", plan.Kept)
				}
				return
			}
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			expectLines(t, "actions", test.want, lines(plan.Actions))
			if len(plan.Kept) != test.kept {
				t.Errorf("it keeps %v", plan.Kept)
			}
		})
	}
}

func TestWhichRulesOfOthersAnObjectClaims(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*SecurityGroupRule)
		want []string
	}{
		"one of another VPCPeering": {ownedBy("inst/network/eu-ap"), []string{"sgr-1"}},
		"one of another namespace":  {ownedBy("inst/other/eu-us"), []string{"sgr-1"}},
		"its own":                   {ownedBy(owner), nil},
		"one of another installation": {func(r *SecurityGroupRule) {
			r.Tags = map[string]string{v1alpha1.TagOwner: "x/network/a", v1alpha1.TagManagedBy: "x"}
		}, nil},
		"one of nobody": {foreignRule, nil},
		"one of somebody who tags it managed by us": {func(r *SecurityGroupRule) { r.Tags = map[string]string{v1alpha1.TagManagedBy: "inst"} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Tags[v1alpha1.TagManagedBy] = "inst"
			s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", test.edit)}
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			expectLines(t, "shared", test.want, plan.Shared)
			if len(plan.Actions) > 0 {
				t.Errorf("it does %v", lines(plan.Actions))
			}
		})
	}
}

func TestWhatLostOurOwnerTagIsLeftAloneAndNamed(t *testing.T) {
	stripped := func(tags map[string]string) func(*SecurityGroupRule) {
		return func(r *SecurityGroupRule) { r.Tags = tags }
	}
	for name, test := range map[string]struct {
		edit     func(*SecurityGroupRule)
		recorded bool
		want     bool
	}{
		"the owner tag alone":                                   {stripped(map[string]string{"Name": "crossvpc", v1alpha1.TagManagedBy: "inst"}), true, true},
		"all tags":                                              {stripped(nil), true, true},
		"a rule of others that is not ours":                     {stripped(map[string]string{"Name": "theirs"}), false, false},
		"one that somebody else owns by now":                    {ownedBy("inst/network/eu-ap"), true, false},
		"one that is as it should be":                           {ownedBy(owner), true, false},
		"the owner tag alone, and status lost":                  {stripped(map[string]string{v1alpha1.TagManagedBy: "inst", v1alpha1.TagPeerVPC: us.VPC}), false, true},
		"the peer's as well, and its block is the peer's":       {stripped(map[string]string{v1alpha1.TagManagedBy: "inst"}), false, true},
		"the owner tag alone, and it was made for another peer": {stripped(map[string]string{v1alpha1.TagManagedBy: "inst", v1alpha1.TagPeerVPC: "vpc-x"}), false, false},
		"one of another installation":                           {stripped(map[string]string{v1alpha1.TagManagedBy: "x", v1alpha1.TagPeerVPC: us.VPC}), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Tags[v1alpha1.TagManagedBy] = "inst"
			stripped := rule("sgr-1", "10.12.0.0/16", test.edit)
			s.side(Requester).Rules = []SecurityGroupRule{stripped}
			if test.recorded {
				s.record(inventoryRule(stripped.key(), "sgr-1", v1alpha1.InventoryCreated))
			}
			plan := PlanRules(s.Request, s.Snapshot, Requester)
			unproven := PlanTeardown(s.Request, s.Snapshot).Unproven
			if (len(plan.Stripped) > 0) != test.want || (len(unproven) > 0) != test.want {
				t.Errorf("it names %v while it is up, and %v when it is deleted; want %t", plan.Stripped, unproven, test.want)
			}
			if test.want && test.recorded && len(plan.Inventory) != 1 {
				t.Error("it is no longer on record")
			}
			if len(plan.Actions) > 0 {
				t.Errorf("it does %v", lines(plan.Actions))
			}
		})
	}
}

func TestAConnectionThatLostOurOwnerTagIsNamedWhenTheObjectGoes(t *testing.T) {
	for name, test := range map[string]struct {
		tags map[string]string
		made bool
		want bool
	}{
		"the owner tag alone":                  {map[string]string{"Name": "crossvpc", v1alpha1.TagManagedBy: "inst"}, true, true},
		"the owner tag alone, and status lost": {map[string]string{"Name": "crossvpc", v1alpha1.TagManagedBy: "inst"}, false, true},
		"all tags":                             {nil, true, true},
		"one that was only used":               {nil, false, false},
		"one of another object":                {map[string]string{v1alpha1.TagOwner: "inst/network/x", v1alpha1.TagManagedBy: "inst"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.Tags[v1alpha1.TagManagedBy] = "inst"
			s.ConnectionID, s.ConnectionMade = ourID, test.made
			connection := between(ourID, StateActive, eu, us)
			connection.Tags = test.tags
			s.see(connection, Requester, Accepter)
			plan := PlanTeardown(s.Request, s.Snapshot)
			if (len(plan.Unproven) > 0) != test.want || len(plan.Connection) > 0 {
				t.Errorf("it names %v and does %v; want named: %t", plan.Unproven, lines(plan.Connection), test.want)
			}
			if PlanConnection(s.Request, s.Snapshot).Stripped != test.want {
				t.Error("the plan does not know that it was ours")
			}
		})
	}
}
