package peering

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestOnlyTheSameVPCOfTheSameAccountAndRegionIsTheSamePlace(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*Side)
		want bool
	}{
		"the same VPC":          {func(*Side) {}, true},
		"by another identity":   {func(s *Side) { s.Identity, s.Role = "other", Accepter }, true},
		"of another account":    {func(s *Side) { s.Account = us.Account }, false},
		"in another region":     {func(s *Side) { s.Region = us.Region }, false},
		"another VPC beside it": {func(s *Side) { s.VPC = us.VPC }, false},
		"all else":              {func(s *Side) { *s = us }, false},
	} {
		other := eu
		test.edit(&other)
		if eu.SamePlace(other) != test.want {
			t.Errorf("%s: the same place: %t", name, !test.want)
		}
	}
}

func TestAConnectionIsOfThePairOnlyWithBothOfItsVPCs(t *testing.T) {
	sides, third := Sides{Requester: eu, Accepter: us}, Side{VPC: "vpc-x"}
	for name, test := range map[string]struct {
		asking, asked Side
		want          bool
		by            Role
	}{
		"as the spec has it":              {eu, us, true, Requester},
		"the other way round":             {us, eu, true, Accepter},
		"from the requester to a third":   {eu, third, false, Requester},
		"from the accepter to a third":    {us, third, false, Accepter},
		"from a third to the requester":   {third, eu, false, Requester},
		"from a third to the accepter":    {third, us, false, Requester},
		"of the requester's VPC and self": {eu, eu, false, Requester},
	} {
		connection := between("pcx-1", StateActive, test.asking, test.asked)
		if got := joinedBy(sides, connection); got != test.want {
			t.Errorf("%s: it is of the pair: %t", name, got)
		}
		if got := requestedBy(sides, connection); got != test.by {
			t.Errorf("%s: requested by the %q, want %s", name, got, test.by)
		}
	}
}

func TestWhichSideShowsAConnection(t *testing.T) {
	s := newScene()
	s.see(ours(StateDeleted), Accepter)
	if Sees(s.Snapshot, Requester, ourID) || !Sees(s.Snapshot, Accepter, ourID) || Sees(s.Snapshot, Accepter, "pcx-x") {
		t.Error("the accepter alone shows it, and shows nothing else")
	}
}

func TestOfTwoViewsThatAreEquallyFarTheRequestersCountsAndElseTheFurther(t *testing.T) {
	s := newScene()
	first := untagged(between(foreignID, StateActive, us, eu))
	first.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/other"}
	s.see(first, Requester)
	s.see(untagged(between(foreignID, StateActive, us, eu)), Accepter)
	expectVerdict(t, PlanConnection(s.Request, s.Snapshot).Verdict, verdict.Stalled, v1alpha1.ReasonForeignPeering, "owner tag: inst/network/other")
	states := []ConnectionState{"unheard-of", StatePending, StateProvisioning, StateActive, StateDeleting, StateDeleted}
	for i, earlier := range states[:len(states)-1] {
		for _, role := range Roles() {
			s := newScene()
			s.see(between(foreignID, earlier, us, eu), role)
			s.see(between(foreignID, states[i+1], us, eu), role.Other())
			if got := furthest(s.Snapshot, foreignID).State; got != states[i+1] {
				t.Errorf("of %s and %s it takes %s", earlier, states[i+1], got)
			}
		}
	}
}

func TestAConnectionIsCalledStrippedOnlyWhereItWasOurs(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"nothing says that it was ours":    {func(*scene) {}, false},
		"status says that we made it":      {func(s *scene) { s.ConnectionMade = true }, true},
		"status says that we made another": {func(s *scene) { s.ConnectionMade, s.ConnectionID = true, "pcx-x" }, false},
		"it was just requested":            {func(s *scene) { s.ConnectionMade, s.RequestedLately = true, true }, false},
		"our installation's tag is still there": {func(s *scene) {
			s.Tags[v1alpha1.TagManagedBy] = "inst"
			s.side(Accepter).Connections[0].Tags = map[string]string{v1alpha1.TagManagedBy: "inst"}
		}, true},
		"that of another installation is": {func(s *scene) {
			s.Tags[v1alpha1.TagManagedBy] = "inst"
			s.side(Accepter).Connections[0].Tags = map[string]string{v1alpha1.TagManagedBy: "x"}
		}, false},
		"it carries somebody's owner tag by now": {func(s *scene) {
			s.ConnectionMade = true
			s.side(Accepter).Connections[0].Tags = map[string]string{v1alpha1.TagOwner: "x"}
		}, false},
		"one side alone sees it": {func(s *scene) { s.ConnectionMade = true; s.side(Requester).Connections = nil }, true},
	} {
		s := newScene()
		s.see(untagged(ours(StateActive)), Requester, Accepter)
		s.ConnectionID = ourID
		test.edit(s)
		if got := s.Request.stripped(s.Snapshot, ourID); got != test.want {
			t.Errorf("%s: stripped: %t", name, got)
		}
	}
}

func TestAConnectionThatTheSpecAdoptsIsNotWaitedForLikeARequestOfOurs(t *testing.T) {
	s := newScene()
	s.RequestUnderWay = true
	s.Spec.Adopt = &v1alpha1.Adoption{ConnectionID: foreignID}
	s.see(untagged(between(foreignID, StateActive, eu, us)), Requester, Accepter)
	expectVerdict(t, PlanConnection(s.Request, s.Snapshot).Verdict, verdict.Done, v1alpha1.ReasonActive)
}

func TestModePlanShowsTheTagsThatWouldBeWritten(t *testing.T) {
	s := connected()
	s.Tags["team"] = "a"
	s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-2", "10.11.0.0/16", func(r *SecurityGroupRule) { r.GroupID = usGroup })}
	shown := strings.Join(MakePlan(s.Request, s.Snapshot).Status().Actions, "\n")
	for _, part := range []string{"Tag the requester's view of pcx-ours", "Tag the accepter's view of pcx-ours", "Tag sgr-2 (accepter) as spec.tags says"} {
		if !strings.Contains(shown, part) {
			t.Errorf("it does not show %q:\n%s", part, shown)
		}
	}
	s = connected()
	s.side(Accepter).Connections[0].Tags = nil // EC2 keeps tags for each side apart
	if shown := strings.Join(MakePlan(s.Request, s.Snapshot).Status().Actions, "\n"); !strings.Contains(shown, "Tag the accepter's view of pcx-ours") {
		t.Errorf("the accepter's view has no tags yet, and the plan is\n%s", shown)
	}
}

func TestOptionsOfASideThatCannotBeReadAreLeftAsTheyAre(t *testing.T) {
	for name, test := range map[string]struct {
		edit     func(*scene)
		progress verdict.Progress
		reason   string
		actions  int
	}{
		"asked for on the side that is not seen": {func(s *scene) {
			s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled
			s.side(Accepter).Unread.Connections = true
		}, verdict.Unclear, v1alpha1.ReasonSideUnread, 0},
		"asked for on the side that is seen": {func(s *scene) {
			s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled
			s.side(Accepter).Unread.Connections = true
		}, verdict.Act, v1alpha1.ReasonProgressing, 1},
		"asked for on neither": {func(s *scene) { s.side(Requester).Unread.Connections = true }, verdict.Done, v1alpha1.ReasonNotRequired, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.edit(s)
			if test.reason == v1alpha1.ReasonSideUnread {
				s.eachView(func(c *Connection) { on := true; c.Accepter.DNSResolution = &on }) // it stands as asked where it is seen
			}
			plan := PlanDNS(s.Request, s.Snapshot, ConnectionPlan{ID: ourID})
			if strings.Contains(name, "not seen") {
				s.eachView(func(c *Connection) { c.Accepter.DNSResolution, c.Requester.DNSResolution = nil, nil })
				if unseen := PlanDNS(s.Request, s.Snapshot, ConnectionPlan{ID: ourID}); len(unseen.Actions) > 0 {
					t.Errorf("of what is not seen it does %v", lines(unseen.Actions))
				}
			}
			if plan.Progress != test.progress || plan.Reason != test.reason || len(plan.Actions) != test.actions {
				t.Errorf("%s/%s (%s), and it does %v", plan.Progress, plan.Reason, plan.Message, lines(plan.Actions))
			}
		})
	}
}

func TestWhatPreflightCannotLookAtItDoesNotJudge(t *testing.T) {
	s := newScene()
	s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled
	yes := true
	for _, role := range Roles() {
		s.side(role).VPC.DNSSupport, s.side(role).VPC.DNSHostnames = &yes, &yes
	}
	s.side(Requester).VPC = nil
	s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-x"}}
	s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{"sg-x"}}
	expectLines(t, "findings about a VPC that is not there", nil, findingTexts(Preflight(s.Request, s.Snapshot)))
	s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16")
	s.side(Requester).VPC.DNSSupport, s.side(Requester).VPC.DNSHostnames = &yes, &yes
	if found := findingTexts(Preflight(s.Request, s.Snapshot)); len(found) != 2 {
		t.Errorf("of a table and a group that are not there it says %q", found)
	}
	s.side(Requester).Unread.RouteTables, s.side(Requester).Unread.Groups = true, true
	expectLines(t, "findings about what could not be read", nil, findingTexts(Preflight(s.Request, s.Snapshot)))
}

func TestTheExclusionFromEncryptionIsWaitedForAndNamed(t *testing.T) {
	s := newScene()
	s.side(Accepter).VPC.Encryption = Encryption{Mode: "enforce", State: "available", PeeringExclusion: "enabling"}
	judged, waits := Awaited(s.Request, s.Snapshot)
	if !waits {
		t.Fatal("it does not wait")
	}
	expectVerdict(t, judged, verdict.Wait, v1alpha1.ReasonEncryptionEnforced, "vpc-us (accepter)")
}

func TestTagsSelectEachThingThatCarriesThem(t *testing.T) {
	s := connected()
	s.side(Requester).Groups = []SecurityGroup{{ID: "sg-b", Tags: map[string]string{"role": "node"}}, {ID: "sg-a", Tags: map[string]string{"role": "node"}}, {ID: "sg-c"}}
	s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupTags: map[string]v1alpha1.TagValue{"role": "node"}}
	selected := SelectGroups(s.Request, s.Snapshot, Requester)
	if len(selected.Items) != 2 || selected.Items[0].ID != "sg-a" || len(selected.Findings) != 0 {
		t.Errorf("selected %+v", selected)
	}
	s.Spec.Requester.SecurityGroups.SecurityGroupTags["role"] = "nobody"
	if selected := SelectGroups(s.Request, s.Snapshot, Requester); len(selected.Items) != 0 || len(selected.Findings) != 1 {
		t.Errorf("selected %+v", selected)
	}
	s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableTags: map[string]v1alpha1.TagValue{"role": "nobody"}}
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 0 || len(selected.Findings) != 1 {
		t.Errorf("selected %+v", selected)
	}
}

func TestSubnetsAreReadOnlyWhereAClusterNamesOneWithoutATable(t *testing.T) {
	s := newScene()
	if NeedsSubnets(s.Request, s.Snapshot, Requester) {
		t.Error("the only subnet has a table")
	}
	s.Networks.Requester[0].SubnetIDs = append(s.Networks.Requester[0].SubnetIDs, "subnet-x")
	if !NeedsSubnets(s.Request, s.Snapshot, Requester) || NeedsSubnets(s.Request, s.Snapshot, Accepter) {
		t.Error("subnet-x of the requester has none")
	}
}

func TestWhatACKManagesIsSelectedOnceThatIsAcknowledgedAndWhereItIsInUse(t *testing.T) {
	managed := func() *scene {
		s := newScene()
		s.side(Requester).RouteTables[0].Tags = map[string]string{"services.k8s.aws/namespace": "infra"}
		return s
	}
	s := managed()
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 0 || len(selected.Findings) != 1 {
		t.Errorf("nothing of ours is in it, and selected is %+v", selected)
	}
	s.Inventory = nil // a new object has no record, and no connection either
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 0 || len(selected.Findings) != 1 {
		t.Errorf("of a new object selected is %+v", selected)
	}
	s.see(ours(StateActive), Requester) // one that lost its status has a connection
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 1 {
		t.Errorf("with a lost status selected is %+v", selected)
	}
	s = managed()
	s.see(ours(StateActive), Requester)
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 0 {
		t.Errorf("with a record that does not have it selected is %+v", selected)
	}
	s.Spec.Requester.Routes.ManagedElsewhere = v1alpha1.ManagedAcknowledge
	if selected := SelectTables(s.Request, s.Snapshot, Requester); len(selected.Items) != 1 || len(selected.Findings) != 0 {
		t.Errorf("acknowledged, selected is %+v", selected)
	}
}

func TestWhatIsReachedOfAPeerIsKnownWithoutTheOwnVPC(t *testing.T) {
	s := newScene()
	s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56")
	s.side(Requester).VPC = nil
	expectLines(t, "blocks", []string{"10.12.0.0/16", "2001:db8::/56"}, texts(s.Request.Reached(s.Snapshot, Requester)))
}

func texts(blocks []netip.Prefix) []string {
	var list []string
	for _, block := range blocks {
		list = append(list, block.String())
	}
	return list
}

func TestAnExclusionIsCalledIdleOnlyWhereThatIsKnown(t *testing.T) {
	for name, test := range map[string]struct {
		excludes string
		blocks   *VPC
		idle     bool
	}{
		"it excludes the only block":       {"10.12.0.0/16", vpc("vpc-us", "10.12.0.0/16"), false},
		"no block is in it":                {"10.99.0.0/16", vpc("vpc-us", "10.12.0.0/16"), true},
		"it is a part of a block":          {"10.12.1.0/24", vpc("vpc-us", "10.12.0.0/16"), true},
		"no block is known":                {"10.99.0.0/16", nil, false},
		"it is no block, says the webhook": {"10.99.0.0/99", vpc("vpc-us", "10.12.0.0/16"), false},
	} {
		s := newScene()
		s.side(Accepter).VPC = test.blocks
		s.Spec.Requester.Routes.ExcludeCIDRs = []string{test.excludes}
		if got := s.Request.idleExclusions(s.Snapshot, Requester); (len(got) > 0) != test.idle {
			t.Errorf("%s: it says %q", name, got)
		}
	}
}

func TestAsMuchIsMadeAsStatusCanRecordAndNoMore(t *testing.T) {
	for _, test := range []struct {
		tables, rules int
		findings      int
	}{{mostTables, 0, 0}, {mostTables + 1, 0, 1}, {1, mostRules, 0}, {1, mostRules + 1, 1}, {mostTables + 1, mostRules + 1, 2}} {
		s := connected()
		s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
		s.side(Requester).RouteTables = nil
		for i := range test.tables {
			s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-eu"))
		}
		s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupIDs: []string{euGroup}}
		for i := range test.rules {
			port := int32(i + 1)
			s.Spec.Requester.SecurityGroups.Ingress = append(s.Spec.Requester.SecurityGroups.Ingress, v1alpha1.IngressRule{Protocol: v1alpha1.ProtocolTCP, FromPort: &port, ToPort: &port})
		}
		if test.rules == 0 {
			s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone
		}
		if got := findingTexts(checkRecord(s.Request, s.Snapshot, Requester)); len(got) != test.findings {
			t.Errorf("%d tables and %d rules: %q", test.tables, test.rules, got)
		}
		if Recordable(s.Request, s.Snapshot) != (test.findings == 0) {
			t.Errorf("%d tables and %d rules are recordable: %t", test.tables, test.rules, test.findings != 0)
		}
	}
	s := connected() // the same on both sides
	for _, role := range Roles() {
		spec := Pick(role, &s.Spec.Requester, &s.Spec.Accepter)
		spec.Routes.Tables = v1alpha1.SelectAll
		for i := range mostTables {
			s.side(role).RouteTables = append(s.side(role).RouteTables, table(fmt.Sprintf("rtb-%d", i), ""))
		}
	}
	if Recordable(s.Request, s.Snapshot) {
		t.Error("too much on both sides is recordable")
	}
}

func TestWhatAWSSaidOfARefusedRequestIsKept(t *testing.T) {
	s := newScene()
	failed := ours(StateFailed)
	failed.StatusMessage = "overlapping blocks"
	s.see(failed, Requester)
	s.ConnectionID = ourID
	first := Refused(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot))
	if first == nil || first.Message != "overlapping blocks" || first.ConnectionID != ourID {
		t.Fatalf("status keeps %+v", first)
	}
	s.Request.Refused = first
	s.side(Requester).Connections[0].StatusMessage = "another text" // what was kept is not written again
	if again := Refused(s.Request, s.Snapshot, PlanConnection(s.Request, s.Snapshot)); again != first {
		t.Errorf("status keeps %+v", again)
	}
	if kept := Refused(s.Request, Snapshot{}, ConnectionPlan{ID: "pcx-x", Verdict: verdict.New(verdict.Stalled, v1alpha1.ReasonPeeringFailed, "Failed.")}); kept == nil || kept.ConnectionID != "pcx-x" || kept.Message != "" {
		t.Errorf("of a failed request that nobody shows any more status keeps %+v", kept)
	}
	if kept := Refused(newScene().Request, s.Snapshot, ConnectionPlan{ID: ourID, Verdict: verdict.New(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting.")}); kept != nil {
		t.Errorf("of one that is on its way status keeps %+v", kept)
	}
}

func TestBlocksThatAreNotKnownAreNotOthers(t *testing.T) {
	for name, hide := range map[string]func(*scene){
		"the requester's VPC is not there": func(s *scene) { s.side(Requester).VPC = nil },
		"the accepter's VPC is not there":  func(s *scene) { s.side(Accepter).VPC = nil },
		"the requester's VPC was not read": func(s *scene) { s.side(Requester).Unread.VPC = true },
		"the accepter's groups are unread": func(s *scene) { s.side(Accepter).Unread.Groups = true },
		"both were not read":               func(s *scene) { s.side(Requester).Unread.VPC, s.side(Accepter).Unread.VPC = true, true },
	} {
		s := newScene()
		hide(s)
		if BlocksChanged(v1alpha1.RefusedRequest{CIDRBlocks: []string{"vpc-eu 10.99.0.0/16"}}, s.Snapshot) {
			t.Errorf("%s: the blocks are called others", name)
		}
		if !BlocksChanged(v1alpha1.RefusedRequest{BlocksChanged: true}, s.Snapshot) {
			t.Errorf("%s: what was seen once is forgotten", name)
		}
	}
}
