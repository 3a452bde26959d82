package peering

import "testing"

func TestAPeerThatNobodyCouldResolveIsFoundByOurTag(t *testing.T) {
	elsewhere := Side{Account: "333333333333", Region: "eu-west-2", VPC: "vpc-elsewhere"}
	for name, test := range map[string]struct {
		connections []Connection
		want        string
	}{
		"none":                               {nil, ""},
		"one of ours":                        {[]Connection{ours(StateActive)}, "vpc-us"},
		"one that the peer asked for":        {[]Connection{tagged(between(ourID, StateActive, us, eu))}, "vpc-us"},
		"one of ours that is gone":           {[]Connection{ours(StateDeleted)}, "vpc-us"},
		"one of somebody else":               {[]Connection{between(foreignID, StateActive, eu, elsewhere)}, ""},
		"a live one before one that is gone": {[]Connection{tagged(between("pcx-old", StateDeleted, eu, elsewhere)), ours(StateActive)}, "vpc-us"},
		"one of another VPC":                 {[]Connection{tagged(between(ourID, StateActive, elsewhere, us))}, ""},
	} {
		for _, lost := range Roles() {
			t.Run(name+", of the "+string(lost), func(t *testing.T) {
				s := newScene()
				if lost == Requester { // the same, seen from the other side
					s.Sides.Requester, s.Sides.Accepter = s.Sides.Accepter, s.Sides.Requester
				}
				want := *s.Sides.At(lost)
				*s.Sides.At(lost) = Side{Role: lost}
				s.see(Connection{ID: "pcx-x"}, lost.Other())
				for _, connection := range test.connections {
					s.see(connection, lost.Other())
				}
				sides := CompletedByTag(s.Request, s.Snapshot)
				got := *sides.At(lost)
				if got.VPC != test.want || test.want != "" && (got.Account != want.Account || got.Region != want.Region) {
					t.Errorf("it is %+v, want %q", got, test.want)
				}
			})
		}
	}
	s := newScene()
	s.see(tagged(between(ourID, StateActive, eu, elsewhere)), Requester)
	if got := CompletedByTag(s.Request, s.Snapshot); got != s.Sides {
		t.Errorf("sides that are known become %+v", got)
	}
}

func TestWhatCarriesOurTagWasMade(t *testing.T) {
	ruleOf := func(owner string) SecurityGroupRule {
		made := rule("sgr-1", "10.12.0.0/16")
		made.Tags["networking.crossvpc.io/owner"] = owner
		return made
	}
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"nothing":                      {func(*scene) {}, false},
		"a connection":                 {func(s *scene) { s.see(ours(StateActive), Accepter) }, true},
		"a connection that is gone":    {func(s *scene) { s.see(ours(StateDeleted), Requester) }, true},
		"a connection of others":       {func(s *scene) { s.see(between(foreignID, StateActive, eu, us), Requester) }, false},
		"a rule":                       {func(s *scene) { s.side(Accepter).Rules = []SecurityGroupRule{ruleOf(owner)} }, true},
		"a rule of another VPCPeering": {func(s *scene) { s.side(Accepter).Rules = []SecurityGroupRule{ruleOf("inst/network/other")} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.edit(s)
			if got := MadeSomething(s.Request, s.Snapshot); got != test.want {
				t.Errorf("something was made: %t, want %t", got, test.want)
			}
		})
	}
}
