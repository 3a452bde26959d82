package peering

import (
	"slices"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestTheRecordHasOneEntryForEachTableAndState(t *testing.T) {
	key := func(text string) RouteKey {
		table, block, _ := strings.Cut(text, " ")
		return RouteKey{table, prefix(block)}
	}
	entries := groupRoutes(map[RouteKey]v1alpha1.InventoryState{
		key("rtb-a 10.1.0.0/16"): v1alpha1.InventoryCreated, key("rtb-a 10.2.0.0/16"): v1alpha1.InventoryCreated, key("rtb-a 10.3.0.0/16"): v1alpha1.InventoryPending,
		key("rtb-b 10.1.0.0/16"): v1alpha1.InventoryCreated,
	})
	var got []string
	for _, entry := range entries {
		got = append(got, entry.RouteTableID+" "+strings.Join(entry.Destinations, ",")+" "+string(entry.State))
	}
	expectLines(t, "record", []string{"rtb-a 10.1.0.0/16,10.2.0.0/16 Created", "rtb-b 10.1.0.0/16 Created", "rtb-a 10.3.0.0/16 Pending"}, got)
}

func TestTrafficThatMovesToThePeeringIsNamedByTheRouteThatCarriesItNow(t *testing.T) {
	for name, test := range map[string]struct {
		routes []Route
		want   string
	}{
		"half of everything":                                    {[]Route{route("0.0.0.0/1", "tgw-half")}, "tgw-half"},
		"the default route is not reported":                     {[]Route{route("0.0.0.0/0", "igw-1")}, ""},
		"a route to just the block is a conflict, no diversion": {[]Route{route("10.12.0.0/16", "tgw-1")}, ""},
		"the longest of two":                                    {[]Route{route("10.12.0.0/15", "tgw-long"), route("10.0.0.0/8", "tgw-short")}, "tgw-long"},
		"of equal ones the static":                              {[]Route{propagated("10.0.0.0/8", "vgw-1"), route("10.0.0.0/8", "tgw-static"), propagated("10.0.0.0/8", "vgw-2")}, "tgw-static"},
		"one that drops it is no loss":                          {[]Route{blackhole("10.0.0.0/8", "tgw-1")}, ""},
	} {
		got := ""
		if found := diverted(RouteTable{ID: "rtb-eu", Routes: test.routes}, prefix("10.12.0.0/16")); len(found) > 0 {
			got = found[0].Route.Target
		}
		if got != test.want {
			t.Errorf("%s: it moves from %q, want %q", name, got, test.want)
		}
	}
}

func TestADeadRouteOfOthersMayBeTakenOverByPolicyAndTheMessageSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		route Route
		way   bool
	}{
		"a blackhole":            {blackhole("10.12.0.0/16", "pcx-x"), true},
		"a live route":           {route("10.12.0.0/16", "tgw-1"), false},
		"a propagated blackhole": {func() Route { r := propagated("10.12.0.0/16", "vgw-1"); r.State = "blackhole"; return r }(), false},
	} {
		judged := RoutesVerdict(Pair[RoutesPlan]{Accepter: RoutesPlan{Conflicts: []RouteConflict{{"rtb-us", prefix("10.12.0.0/16"), test.route}}}})
		expectVerdict(t, judged, verdict.Stalled, v1alpha1.ReasonRouteConflict, "Remove that route, or leave the block out with excludeCIDRs")
		if strings.Contains(judged.Message, "conflictPolicy: ReplaceBlackhole") != test.way {
			t.Errorf("%s: %s", name, judged.Message)
		}
	}
}

func TestASingleThingThatIsLeftToDoKeepsAStepOpen(t *testing.T) {
	one := []Action{CreateRoute{On: Requester, RouteTableID: "rtb-eu", Destination: prefix("10.12.0.0/16")}}
	expectVerdict(t, RoutesVerdict(Pair[RoutesPlan]{Requester: RoutesPlan{Actions: one}}), verdict.Act, v1alpha1.ReasonProgressing, "rtb-eu")
	expectVerdict(t, RulesVerdict(Pair[RulesPlan]{Requester: RulesPlan{Actions: one}}), verdict.Act, v1alpha1.ReasonProgressing, "rtb-eu")
}

func TestRulesThatStayForAnotherReasonAreNamed(t *testing.T) {
	judged := RulesVerdict(Pair[RulesPlan]{Requester: RulesPlan{
		InPlace: []RuleKey{{Group: euGroup}}, Kept: []string{"sgr-1 in sg-eu, which VPCPeering eu-ap wants too and could not be given"}, Stripped: []string{"sgr-2 in sg-eu (requester)"},
	}})
	expectVerdict(t, judged, verdict.Done, v1alpha1.ReasonInPlace, "Rule sgr-1 in sg-eu, which VPCPeering eu-ap wants too and could not be given stays in place.",
		"Rule sgr-2 in sg-eu (requester) no longer carries the tag "+v1alpha1.TagOwner)
}

func TestNothingIsShutOutBeforeAllThatIsWantedIsAdmitted(t *testing.T) {
	revoke := RevokeRules{On: Requester, GroupID: euGroup, RuleIDs: []string{"sgr-1"}}
	admit := AuthorizeRules{On: Requester, GroupID: euGroup, Rules: []Ingress{{prefix("10.12.0.0/16"), "tcp", 443, 443}}}
	for name, test := range map[string]struct{ actions, want []Action }{
		"one to admit and one to shut out": {[]Action{revoke, admit}, []Action{admit}},
		"all is admitted":                  {[]Action{revoke}, []Action{revoke}},
		"nothing is to do":                 {nil, nil},
	} {
		expectLines(t, name, lines(test.want), lines(RulesPlan{Actions: test.actions}.Next()))
	}
}

func TestARangeOfPortsWithoutOneOfItsEndsIsAllPorts(t *testing.T) {
	port := int32(443)
	for _, rule := range []v1alpha1.IngressRule{{FromPort: &port}, {ToPort: &port}, {}} {
		if from, to := ports(rule); from != 0 || to != lastPort {
			t.Errorf("%+v is %d to %d", rule, from, to)
		}
	}
	if from, to := ports(v1alpha1.IngressRule{FromPort: &port, ToPort: &port}); from != 443 || to != 443 {
		t.Errorf("one port is %d to %d", from, to)
	}
}

// TestA9RulesThatWereAskedForLatelyStayOnRecordUntilEC2ShowsThem: they may appear in groups that nobody looks into any more.
func TestA9RulesThatWereAskedForLatelyStayOnRecordUntilEC2ShowsThem(t *testing.T) {
	asked := rule("", "10.13.0.0/16", func(r *SecurityGroupRule) { r.GroupID = "sg-former" })
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"asked for lately, and not seen": {func(*scene) {}, true},
		"asked for long ago":             {func(s *scene) { s.RulesLately = false }, false},
		"seen without our tags": {func(s *scene) {
			seen := asked
			seen.ID, seen.Tags = "sgr-x", map[string]string{v1alpha1.TagOwner: "x"}
			s.side(Requester).Rules = append(s.side(Requester).Rules, seen)
		}, false},
		"an egress rule that looks like it": {func(s *scene) {
			seen := asked
			seen.ID, seen.Egress = "sgr-x", true
			s.side(Requester).Rules = append(s.side(Requester).Rules, seen)
		}, true},
		"it was made, and is gone": {func(s *scene) { s.Inventory.Requester.SecurityGroupRules[0].State = v1alpha1.InventoryCreated }, false},
		"it is wanted, and asked for again": {func(s *scene) {
			s.Inventory.Requester.SecurityGroupRules[0].SecurityGroupID = euGroup
			s.Inventory.Requester.SecurityGroupRules[0].Source = "10.12.0.0/16"
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.RulesLately = true
			s.record(inventoryRule(asked.key(), "", v1alpha1.InventoryPending))
			test.edit(s)
			kept := PlanRules(s.Request, s.Snapshot, Requester).Inventory
			found := 0
			for _, entry := range kept {
				if entry.RuleID == "" && entry.State == v1alpha1.InventoryPending && keyOf(entry) == keyOf(s.Inventory.Requester.SecurityGroupRules[0]) {
					found++
				}
			}
			want := 0
			if test.want || name == "it is wanted, and asked for again" {
				want = 1
			}
			if found != want {
				t.Errorf("on record are %+v", kept)
			}
		})
	}
}

func TestOnlyARuleThatWeMadeIsCalledStripped(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(*SecurityGroupRule)
		state v1alpha1.InventoryState
		want  int
	}{
		"made, and without its tag": {foreignRule, v1alpha1.InventoryCreated, 1},
		"about to be made":          {foreignRule, v1alpha1.InventoryPending, 0},
		"made, with its tag":        {func(*SecurityGroupRule) {}, v1alpha1.InventoryCreated, 0},
		"an egress rule, as well":   {func(r *SecurityGroupRule) { r.Tags, r.Egress = nil, true }, v1alpha1.InventoryCreated, 1},
		"one that is not on record": {func(r *SecurityGroupRule) { r.Tags, r.ID = nil, "sgr-x" }, v1alpha1.InventoryCreated, 0},
		"nor that, and our installation made it for a block that is not this peer's": {func(r *SecurityGroupRule) {
			r.Tags, r.ID, r.Source = map[string]string{v1alpha1.TagManagedBy: "inst"}, "sgr-x", prefix("10.99.0.0/16")
		}, v1alpha1.InventoryCreated, 0},
	} {
		s := connected()
		s.Tags[v1alpha1.TagManagedBy] = "inst"
		r := rule("sgr-1", "10.12.0.0/16", test.edit)
		s.side(Requester).Rules = []SecurityGroupRule{r}
		s.record(inventoryRule(r.key(), "sgr-1", test.state))
		if got := PlanRules(s.Request, s.Snapshot, Requester).Stripped; len(got) != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRoomIsMadeInTheGroupThatIsFullAndByItsOwnRules(t *testing.T) {
	ingress := Ingress{prefix("10.12.0.0/16"), "tcp", 443, 443}
	elsewhere := AuthorizeRules{On: Requester, GroupID: "sg-other", Rules: []Ingress{ingress, ingress, ingress}}
	plan := RulesPlan{Actions: []Action{
		elsewhere, AuthorizeRules{On: Requester, GroupID: euGroup, Rules: []Ingress{ingress}},
		RevokeRules{On: Requester, GroupID: "sg-other", RuleIDs: []string{"sgr-9"}}, RevokeRules{On: Requester, GroupID: euGroup, RuleIDs: []string{"sgr-1"}},
	}}
	revoke, ok := plan.MakeRoom(euGroup, false, []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16"), rule("sgr-9", "10.12.0.0/16")})
	if !ok || revoke.GroupID != euGroup || !slices.Equal(revoke.RuleIDs, []string{"sgr-1"}) {
		t.Errorf("it removes %+v: %t", revoke, ok)
	}
	if _, ok := plan.MakeRoom("sg-third", false, nil); ok {
		t.Error("a group in which nothing is to be removed has room")
	}
}

func TestAPeeringIsUntouchedOnlyWhileNothingWasMadeForIt(t *testing.T) {
	routes := []v1alpha1.InventoryRoutes{{RouteTableID: "rtb"}}
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"nothing was made":                    {func(*scene) {}, true},
		"somebody else's connection":          {func(s *scene) { s.see(between(foreignID, StateActive, us, eu), Requester) }, true},
		"a connection of ours, status lost":   {func(s *scene) { s.see(ours(StateActive), Requester) }, false},
		"a connection that status names":      {func(s *scene) { s.ConnectionID = ourID }, false},
		"routes on one side":                  {func(s *scene) { s.Inventory.Requester.Routes = routes }, false},
		"as many routes on the other as well": {func(s *scene) { s.Inventory.Requester.Routes, s.Inventory.Accepter.Routes = routes, routes }, false},
	} {
		s := newScene()
		test.edit(s)
		if got := s.Request.untouched(s.Snapshot); got != test.want {
			t.Errorf("%s: untouched: %t", name, got)
		}
	}
}

// TestA9ADeletionWaitsForARequestThatMayYetAppear: to let the object go then would leave the connection to nobody.
func TestA9ADeletionWaitsForARequestThatMayYetAppear(t *testing.T) {
	const appears, deletes = "Waiting for AWS to show the connection that was just requested, to delete it.", "Waiting for AWS to delete pcx-ours."
	for name, test := range map[string]struct {
		edit func(*scene)
		want string
	}{
		"nothing was asked for":                         {func(*scene) {}, ""},
		"a request is under way":                        {func(s *scene) { s.RequestUnderWay = true }, appears},
		"one was made lately and is not seen":           {func(s *scene) { s.RequestedLately, s.ConnectionID = true, ourID }, appears},
		"one was made lately, by whom nobody says":      {func(s *scene) { s.RequestedLately = true }, ""},
		"it is seen, and ours":                          {func(s *scene) { s.RequestUnderWay = true; s.see(ours(StatePending), Requester) }, ""},
		"it is seen by who asked, and is another's":     {func(s *scene) { s.RequestUnderWay = true; s.see(between(foreignID, StateActive, eu, us), Requester) }, ""},
		"it is seen by who was asked alone":             {func(s *scene) { s.RequestUnderWay = true; s.see(between(foreignID, StatePending, eu, us), Accepter) }, appears},
		"it came to nothing":                            {func(s *scene) { s.RequestedLately, s.ConnectionID = true, ourID; s.see(ours(StateFailed), Requester) }, ""},
		"it is being deleted":                           {func(s *scene) { s.see(ours(StateDeleting), Requester, Accepter) }, deletes},
		"it is being deleted, and another is under way": {func(s *scene) { s.RequestUnderWay = true; s.see(ours(StateDeleting), Requester, Accepter) }, deletes},
		"another's is being deleted":                    {func(s *scene) { s.see(between(foreignID, StateDeleting, eu, us), Requester, Accepter) }, ""},
		"ours is there, another's is being deleted": {func(s *scene) {
			s.see(between(foreignID, StateDeleting, us, eu), Requester, Accepter)
			s.see(ours(StateActive), Requester, Accepter)
		}, ""},
		"one of ours of another pair is": {func(s *scene) { s.see(tagged(between(foreignID, StateDeleting, eu, Side{VPC: "vpc-x"})), Requester) }, ""},
		"ours is there, one of others is deleted": {func(s *scene) {
			s.see(between(foreignID, StateDeleting, eu, us), Requester)
			s.see(tagged(between("pcx-3", StateActive, eu, Side{VPC: "vpc-x"})), Requester)
		}, ""},
	} {
		s := newScene()
		test.edit(s)
		if got := PlanTeardown(s.Request, s.Snapshot).Waiting; got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestWhatIsGivenUpLeavesEveryStageOfADeletion(t *testing.T) {
	s := connected()
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.made(v1alpha1.InventoryCreated, "rtb-eu 10.12.0.0/16")
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	all := PlanTeardown(s.Request, s.Snapshot)
	for _, given := range all.Left() {
		rest := all.Without(map[string]bool{given: true}).Left()
		if len(rest) != len(all.Left())-1 || slices.Contains(rest, given) {
			t.Errorf("without %q it is %q", given, rest)
		}
	}
	if len(all.Left()) != 3 || len(all.Without(nil).Left()) != 3 {
		t.Errorf("it removes %q", all.Left())
	}
}

func TestARouteOfOthersInAnotherTableIsForeignWhateverWeRemoveElsewhere(t *testing.T) {
	s := connected()
	s.routes("rtb-eu", route("10.12.0.0/16", ourID), route("10.99.0.0/16", ourID))
	s.made(v1alpha1.InventoryCreated, "rtb-eu 10.12.0.0/16")
	s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table("rtb-2", "vpc-eu"))
	s.routes("rtb-2", route("10.12.0.0/16", ourID))
	expectLines(t, "foreign", []string{"10.12.0.0/16 in rtb-2 (requester)", "10.99.0.0/16 in rtb-eu (requester)"}, PlanTeardown(s.Request, s.Snapshot).Foreign)
	s.eachView(func(c *Connection) { c.Tags = nil })
	expectLines(t, "foreign to a connection that is not ours", nil, PlanTeardown(s.Request, s.Snapshot).Foreign)
}

func TestWhatIsLeftUnreadIsNamedByWhatOfTheSideIsNotSeen(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"all is seen":             {func(*scene) {}, nil},
		"tables, status lost":     {func(s *scene) { s.side(Accepter).Unread.RouteTables, s.Inventory = true, nil }, []string{"whatever was made in vpc-us (accepter): status was lost"}},
		"groups, status lost":     {func(s *scene) { s.side(Accepter).Unread.Groups, s.Inventory = true, nil }, []string{"whatever was made in vpc-us (accepter): status was lost"}},
		"status lost alone":       {func(s *scene) { s.Inventory = nil }, nil},
		"connections of one side": {func(s *scene) { s.side(Accepter).Unread.Connections = true }, nil},
		"of the other side":       {func(s *scene) { s.side(Requester).Unread.Connections = true }, nil},
		"connections of both":     {func(s *scene) { s.side(Requester).Unread.Connections, s.side(Accepter).Unread.Connections = true, true }, []string{ourID}},
		"and there never was one": {func(s *scene) {
			s.side(Requester).Unread.Connections, s.side(Accepter).Unread.Connections, s.ConnectionID = true, true, ""
		}, nil},
	} {
		s := connected()
		test.edit(s)
		expectLines(t, name, test.want, LeftUnread(s.Request, s.Snapshot))
	}
}

func TestOfOneSideThatIsNotSeenTheOtherIsStillJudgedAsUnread(t *testing.T) {
	s := newScene()
	for _, role := range Roles() {
		s.side(role).Unread = Unread{VPC: true}
		if !anyUnread(s.Snapshot) {
			t.Errorf("the %s is not seen", role)
		}
		s.side(role).Unread = Unread{}
	}
	if anyUnread(s.Snapshot) {
		t.Error("both are seen")
	}
}

func TestAVPCThatWasReadIsNeverReplacedByWhatTheOtherSideShows(t *testing.T) {
	s := halfSeen(func(u *Unread) { u.Groups = true })
	s.side(Accepter).VPC = nil // it was read, and is not there
	if got := StandIn(s.Request, s.Snapshot).Accepter.VPC; got != nil {
		t.Errorf("it became %+v", got)
	}
	s.side(Accepter).VPC, s.side(Accepter).Unread.VPC = vpc("vpc-us", "10.77.0.0/16"), true
	if got := StandIn(s.Request, s.Snapshot).Accepter.VPC; got.Primary != prefix("10.77.0.0/16") {
		t.Errorf("it became %+v", got)
	}
}

func TestNoTagsAreWrittenOnAViewThatIsNotSeen(t *testing.T) {
	s := connected()
	s.Tags["team"] = "a"
	s.side(Accepter).Unread.Connections = true
	expectLines(t, "tagging", []string{"tag the requester's view of pcx-ours"}, lines(PlanConnection(s.Request, StandIn(s.Request, s.Snapshot)).Tagging))
}

func TestA8WhatWasLeftBehindIsOursByTheTagAloneOnceTheObjectIsNotAdmitted(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"admitted":                             {func(s *scene) { s.eachView(func(c *Connection) { c.Tags = nil }) }, true},
		"not admitted, and our tag is on it":   {func(s *scene) { s.StillAdmitted = false }, true},
		"not admitted, and no tag of ours is":  {func(s *scene) { s.StillAdmitted = false; s.eachView(func(c *Connection) { c.Tags = nil }) }, false},
		"of another pair":                      {func(s *scene) { s.eachView(func(c *Connection) { c.Accepter.VPC = "vpc-x" }) }, false},
		"the connection is alive":              {func(s *scene) { s.eachView(func(c *Connection) { c.State = StateActive }) }, false},
		"nobody shows it, and status names it": {func(s *scene) { s.dropConnections(); s.ConnectionID = ourID }, true},
		"nobody shows it, and status does not": {func(s *scene) { s.dropConnections() }, false},
		"nobody shows it, and not admitted":    {func(s *scene) { s.dropConnections(); s.ConnectionID, s.StillAdmitted = ourID, false }, false},
	} {
		s := newScene()
		s.see(ours(StateDeleted), Requester, Accepter)
		test.edit(s)
		if got := s.Request.leftBehind(s.Snapshot, v1alpha1.InventoryPending, blackhole("10.12.0.0/16", ourID)); got != test.want {
			t.Errorf("%s: ours: %t", name, got)
		}
	}
}
