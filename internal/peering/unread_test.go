package peering

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// halfSeen is a peering that was made, of which the accepter's side can't be read in some part.
func halfSeen(edit func(*Unread)) *scene {
	s := newScene()
	connection := ours(StateActive)
	connection.Requester.Blocks, connection.Accepter.Blocks = []netip.Prefix{prefix("10.11.0.0/16")}, []netip.Prefix{prefix("10.12.0.0/16")}
	s.see(connection, Requester, Accepter)
	s.ConnectionID = ourID
	s.Inventory.Accepter = v1alpha1.SideInventory{
		Routes:             []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-us", Destinations: []string{"10.11.0.0/16"}, State: v1alpha1.InventoryCreated}},
		SecurityGroupRules: []v1alpha1.InventoryRule{{SecurityGroupID: usGroup, RuleID: "sgr-us", Source: "10.11.0.0/16", Protocol: "-1", FromPort: -1, ToPort: -1, State: v1alpha1.InventoryCreated}},
	}
	unread := s.side(Accepter)
	edit(&unread.Unread)
	if unread.Unread.VPC {
		unread.VPC = nil
	}
	if unread.Unread.Connections {
		unread.Connections = nil
	}
	if unread.Unread.RouteTables {
		unread.RouteTables = nil
	}
	if unread.Unread.Groups {
		unread.Groups, unread.Rules = nil, nil
	}
	s.Snapshot = StandIn(s.Request, s.Snapshot)
	return s
}

func everything(u *Unread) { *u = Unread{true, true, true, true, true} }

func TestTheSideThatIsSeenIsPlannedWhateverTheOtherHides(t *testing.T) {
	for name, hide := range map[string]func(*Unread){
		"everything":      everything,
		"its VPC":         func(u *Unread) { u.VPC = true },
		"its connections": func(u *Unread) { u.Connections = true },
		"its tables":      func(u *Unread) { u.RouteTables = true },
		"its groups":      func(u *Unread) { u.Groups = true },
	} {
		t.Run(name, func(t *testing.T) {
			s := halfSeen(hide)
			if findings := Preflight(s.Request, s.Snapshot); len(findings) > 0 {
				t.Errorf("it finds %v missing", findings)
			}
			plan := MakePlan(s.Request, s.Snapshot)
			if !plan.Connection.Live || len(plan.Connection.Actions) > 0 {
				t.Errorf("the connection is live: %t, and it does %v", plan.Connection.Live, lines(plan.Connection.Actions))
			}
			expectLines(t, "rules", []string{"let sg-eu (requester) admit all traffic from 10.12.0.0/16"}, lines(plan.Rules.Requester.Actions))
			expectLines(t, "routes", []string{"route 10.12.0.0/16 in rtb-eu (requester) to pcx-ours"}, lines(plan.Routes.Requester.Actions))
			unread := s.side(Accepter).Unread
			if unread.RouteTables && (len(plan.Routes.Accepter.Actions) > 0 || len(plan.Routes.Accepter.Inventory) != 1) {
				t.Errorf("routes that are not seen: %+v", plan.Routes.Accepter)
			}
			if unread.Groups && (len(plan.Rules.Accepter.Actions) > 0 || len(plan.Rules.Accepter.Inventory) != 1) {
				t.Errorf("rules that are not seen: %+v", plan.Rules.Accepter)
			}
		})
	}
}

func TestWhatIsNotSeenIsNotCalledInPlace(t *testing.T) {
	s := halfSeen(everything)
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	plan := MakePlan(s.Request, s.Snapshot)
	expectVerdict(t, RoutesVerdict(plan.Routes), verdict.Unclear, v1alpha1.ReasonSideUnread, "the accepter", "1 route in 1 route table")
	expectVerdict(t, RulesVerdict(plan.Rules), verdict.Unclear, v1alpha1.ReasonSideUnread, "the accepter", "1 rule in 1 security group")
	expectVerdict(t, plan.Connection.Verdict, verdict.Unclear, v1alpha1.ReasonSideUnread, "the accepter", "pcx-ours")
}

func TestAConnectionThatIsGoneIsNotRequestedWhileOneSideIsNotSeen(t *testing.T) {
	s := halfSeen(everything)
	s.side(Requester).Connections = []Connection{ours(StateDeleted)}
	s.Snapshot = StandIn(s.Request, s.Snapshot)
	plan := PlanConnection(s.Request, s.Snapshot)
	if len(plan.Actions) > 0 || plan.Live || plan.Progress != verdict.Unclear {
		t.Errorf("it does %v: %+v", lines(plan.Actions), plan.Verdict)
	}
}

// TestOnlyWhatAWSShowsStandsIn: who writes status must not thereby write rules.
func TestOnlyWhatAWSShowsStandsIn(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"an active connection": {func(*scene) {}, []string{"10.12.0.0/16"}},
		"one that the accepter asked for": {func(s *scene) {
			reversed := tagged(between(ourID, StateActive, us, eu))
			reversed.Requester.Blocks, reversed.Accepter.Blocks = []netip.Prefix{prefix("10.12.0.0/16")}, []netip.Prefix{prefix("10.11.0.0/16")}
			s.side(Requester).Connections = []Connection{reversed}
		}, []string{"10.12.0.0/16"}},
		"one that is pending":      {func(s *scene) { s.side(Requester).Connections[0].State = StatePending }, nil},
		"none":                     {func(s *scene) { s.side(Requester).Connections = nil }, nil},
		"one of another pair":      {func(s *scene) { s.side(Requester).Connections[0].Accepter.VPC = "vpc-x" }, nil},
		"one that shows no blocks": {func(s *scene) { s.side(Requester).Connections[0].Accepter.Blocks = nil }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := halfSeen(everything)
			s.side(Accepter).VPC = nil
			test.edit(s)
			found := StandIn(s.Request, s.Snapshot).Accepter.VPC
			var got []string
			if found != nil {
				got = cidr.Strings(found.AssociatedBlocks())
			}
			expectLines(t, "blocks", test.want, got)
		})
	}
}

func TestAConnectionIsDeletedFromTheSideThatMay(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(*scene)
		want  []string
		stuck string
	}{
		"both are seen": {func(s *scene) { s.see(ours(StateActive), Requester, Accepter) }, []string{"delete pcx-ours from the requester's side"}, ""},
		"who asked is not": {func(s *scene) {
			s.see(ours(StateActive), Accepter)
			s.side(Requester).Unread.Connections = true
		}, []string{"delete pcx-ours from the accepter's side"}, ""},
		"who was asked is not": {func(s *scene) {
			s.see(ours(StateActive), Requester)
			s.side(Accepter).Unread.Connections = true
		}, []string{"delete pcx-ours from the requester's side"}, ""},
		"who asked is not, and it is pending": {func(s *scene) {
			s.see(ours(StatePending), Accepter)
			s.side(Requester).Unread.Connections = true
		}, nil, "only the requester may withdraw it"},
		"who was asked is not, and it is pending": {func(s *scene) {
			s.see(ours(StatePending), Requester)
			s.side(Accepter).Unread.Connections = true
		}, []string{"delete pcx-ours from the requester's side"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.ConnectionID = ourID
			test.edit(s)
			plan := PlanTeardown(s.Request, s.Snapshot)
			expectLines(t, "connection", test.want, lines(plan.Connection))
			if said := strings.Join(plan.Stuck, "; "); (said != "") != (test.stuck != "") || !strings.Contains(said, test.stuck) {
				t.Errorf("stuck: %q, want %q", said, test.stuck)
			}
		})
	}
}

func TestWhatIsLeftOnASideThatIsNotSeenIsNamedFromTheRecord(t *testing.T) {
	left := strings.Join(LeftUnread(halfSeen(everything).Request, halfSeen(everything).Snapshot), "\n")
	for _, part := range []string{"10.11.0.0/16 in rtb-us (accepter) to pcx-ours", "sgr-us in sg-us (accepter)"} {
		if !strings.Contains(left, part) {
			t.Errorf("%q lacks %q", left, part)
		}
	}
	s := halfSeen(everything)
	s.Inventory = nil
	if left := strings.Join(LeftUnread(s.Request, s.Snapshot), "\n"); !strings.Contains(left, "vpc-us (accepter)") {
		t.Errorf("without a record it names %q", left)
	}
	if left := LeftUnread(connected().Request, connected().Snapshot); len(left) > 0 {
		t.Errorf("of sides that are seen it names %v", left)
	}
}

func TestASelectionThatNamesWhatIsNotThereWithdrawsNothing(t *testing.T) {
	s := connected()
	s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-gone"}}
	s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-gone"}}
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.made("Created", "rtb-eu 10.12.0.0/16")
	plan := MakePlan(s.Request, s.Snapshot)
	if left := len(plan.Rules.Requester.Actions) + len(plan.Routes.Requester.Actions); left > 0 {
		t.Errorf("it does %v and %v", lines(plan.Rules.Requester.Actions), lines(plan.Routes.Requester.Actions))
	}
	if len(plan.Rules.Requester.Inventory) != 1 || len(plan.Routes.Requester.Inventory) != 1 {
		t.Error("what is there is no longer on record")
	}
}

func TestNewRoutesWaitForOpenGroupsAndLostOnesAreMadeAgain(t *testing.T) {
	s := connected()
	s.OnlyRepair = true
	s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
	s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table("rtb-new", "vpc-eu"))
	s.made("Created", "rtb-eu 10.12.0.0/16")
	plan := PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID})
	expectLines(t, "actions", []string{"route 10.12.0.0/16 in rtb-eu (requester) to pcx-ours"}, lines(plan.Actions))
	expectLines(t, "held", []string{"rtb-new 10.12.0.0/16"}, keys(plan.Held))
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	plans := Pair[RoutesPlan]{Requester: PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID})}
	expectVerdict(t, RoutesVerdict(plans), verdict.Wait, v1alpha1.ReasonProgressing, "wait until the security groups of both sides are open: 10.12.0.0/16 in rtb-new")
}

// TestAConnectionThatStatusNamesIsNotForeignBecauseTheOtherSidesViewHasNoTags: there our tags are optional.
func TestAConnectionThatStatusNamesIsNotForeignBecauseTheOtherSidesViewHasNoTags(t *testing.T) {
	stranger := func(c *Connection) { c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"} }
	for name, test := range map[string]struct {
		edit     func(*scene, *Connection)
		progress verdict.Progress
		reason   string
		id       string
		adopted  bool
		live     bool
	}{
		"we made it":                          {func(*scene, *Connection) {}, verdict.Unclear, "SideNotReadable", ourID, false, true},
		"we made it, and others may be used":  {func(s *scene, _ *Connection) { s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting }, verdict.Unclear, "SideNotReadable", ourID, false, true},
		"we made it, and others tagged it":    {func(_ *scene, c *Connection) { c.Tags = map[string]string{"team": "network"} }, verdict.Unclear, "SideNotReadable", ourID, false, true},
		"status names another one":            {func(s *scene, _ *Connection) { s.ConnectionID = "pcx-old" }, verdict.Unclear, "SideNotReadable", "", false, false},
		"status was lost":                     {func(s *scene, _ *Connection) { s.ConnectionID, s.ConnectionMade = "", false }, verdict.Unclear, "SideNotReadable", "", false, false},
		"it carries the tag of somebody else": {func(_ *scene, c *Connection) { stranger(c) }, verdict.Stalled, "ForeignPeering", "", false, false},
		"it is used, and somebody else made it": {func(s *scene, _ *Connection) {
			s.Adopted, s.ConnectionMade, s.Spec.AdoptionPolicy = true, false, v1alpha1.AdoptUseExisting
		}, verdict.Unclear, "SideNotReadable", ourID, true, true},
	} {
		for direction, connection := range map[Role]Connection{Requester: between(ourID, StateActive, eu, us), Accepter: between(ourID, StateActive, us, eu)} {
			t.Run(name+", requested by the "+string(direction), func(t *testing.T) {
				s := newScene()
				s.ConnectionID, s.ConnectionMade = ourID, true
				test.edit(s, &connection)
				s.see(connection, direction.Other())
				s.side(direction).Unread.Connections = true
				s.Snapshot = StandIn(s.Request, s.Snapshot)
				plan := PlanConnection(s.Request, s.Snapshot)
				expectVerdict(t, plan.Verdict, test.progress, test.reason)
				if plan.ID != test.id || plan.Adopted != test.adopted || plan.Live != test.live || len(plan.Actions) > 0 {
					t.Errorf("id is %q, adopted %t, live %t, and it does %v", plan.ID, plan.Adopted, plan.Live, lines(plan.Actions))
				}
			})
		}
	}
}

// TestADeletionIsNotOverWhileTheSideThatKnowsTheOwnerCannotBeRead: it was, and left the connection behind.
func TestADeletionIsNotOverWhileTheSideThatKnowsTheOwnerCannotBeRead(t *testing.T) {
	for _, asked := range Roles() {
		from, to := Pick(asked, eu, us), Pick(asked, us, eu)
		s := newScene()
		s.ConnectionID, s.ConnectionMade = ourID, true
		s.see(between(ourID, StateActive, from, to), asked.Other())
		s.side(asked).Unread.Connections = true
		s.Snapshot = StandIn(s.Request, s.Snapshot)
		plan := PlanTeardown(s.Request, s.Snapshot)
		if len(plan.Connection)+len(plan.Unproven) > 0 || len(plan.Stuck) != 1 || !strings.Contains(plan.Stuck[0], "only the "+string(asked)) {
			t.Errorf("requested by the %s: %+v", asked, plan)
		}
	}
}

func TestTagsAreTakenOffNoViewThatIsTheOtherSides(t *testing.T) {
	for _, away := range Roles() {
		s := newScene()
		adopted := ours(StateActive)
		adopted.Tags = s.adopted(s.Request.Tags)
		s.see(adopted, away.Other())
		s.side(away).Unread.Connections = true
		s.Snapshot = StandIn(s.Request, s.Snapshot)
		actions := PlanDisown(s.Request, s.Snapshot)
		if len(actions) != 1 || actions[0].Role() != away.Other() {
			t.Errorf("while the %s is away: %v", away, lines(actions))
		}
	}
}
