package peering

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// byTerraform is a peering that others made: a connection, a route and a rule a side, all named in spec.adopt, and nothing
// on record yet.
func byTerraform() *scene {
	s := newScene()
	s.Inventory = nil
	connection := untagged(between(foreignID, StateActive, eu, us))
	connection.Tags = map[string]string{nameTag: "theirs"}
	s.see(connection, Requester, Accepter)
	s.Tags = map[string]string{v1alpha1.TagOwner: owner, nameTag: "ours"}
	s.routes("rtb-eu", route("10.12.0.0/16", foreignID))
	s.routes("rtb-us", route("10.11.0.0/16", foreignID))
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule)}
	s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-2", "10.11.0.0/16", foreignRule, func(r *SecurityGroupRule) { r.GroupID = usGroup })}
	s.Spec.Adopt = &v1alpha1.Adoption{
		ConnectionID: foreignID,
		Requester:    v1alpha1.SideAdoption{Routes: []v1alpha1.AdoptedRoute{{RouteTableID: "rtb-eu", Destination: "10.12.0.0/16"}}, SecurityGroupRuleIDs: []string{"sgr-1"}},
		Accepter:     v1alpha1.SideAdoption{Routes: []v1alpha1.AdoptedRoute{{RouteTableID: "rtb-us", Destination: "10.11.0.0/16"}}, SecurityGroupRuleIDs: []string{"sgr-2"}},
	}
	return s
}

// allNamed is how the record calls all that byTerraform names.
var allNamed = []string{foreignID, "rtb-eu 10.12.0.0/16", "sgr-1", "rtb-us 10.11.0.0/16", "sgr-2"}

// taken is byTerraform once all of it is ours, by tags and by the record.
func taken() *scene {
	s := byTerraform()
	s.Inventory = &v1alpha1.Inventory{Adopted: AdoptedRecord(s.Request)}
	s.made(v1alpha1.InventoryCreated, "rtb-eu 10.12.0.0/16")
	s.Inventory.Accepter.Routes = []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-us", Destinations: []string{"10.11.0.0/16"}, State: v1alpha1.InventoryCreated}}
	for _, role := range Roles() {
		s.side(role).Connections[0].Tags = s.Request.adopted(s.Tags)
		s.side(role).Rules[0].Tags = s.Request.adopted(s.Request.ruleTags(role))
	}
	s.ConnectionID = foreignID
	return s
}

func TestA2WhatSpecAdoptNamesBecomesOursByTagsAndTheRecord(t *testing.T) {
	s := byTerraform()
	expectLines(t, "findings", nil, findingTexts(checkAdoption(s.Request, s.Snapshot)))
	plan := PlanAdoption(s.Request, s.Snapshot)
	expectVerdict(t, plan.Verdict, verdict.Act, v1alpha1.ReasonProgressing, "spec.adopt")
	expectLines(t, "plan", []string{
		"adopt the route to 10.12.0.0/16 in rtb-eu (requester) by recording it in status, without a change in AWS",
		"adopt the route to 10.11.0.0/16 in rtb-us (accepter) by recording it in status, without a change in AWS",
		"adopt pcx-foreign by tagging the requester's view of it", "adopt pcx-foreign by tagging the accepter's view of it",
		"adopt sgr-1 (requester) by tagging", "adopt sgr-2 (accepter) by tagging",
	}, plan.Lines())
	expectLines(t, "record", allNamed, AdoptedRecord(s.Request))
	if status := strings.Join(MakePlan(s.Request, s.Snapshot).Status().Actions, "\n"); !strings.Contains(status, "Adopt the route to 10.12.0.0/16 in rtb-eu (requester)") {
		t.Errorf("mode Plan does not show it:\n%s", status)
	}
}

func TestA2WhatIsAdoptedKeepsItsNameUnlessTheUserGivesOne(t *testing.T) {
	s := byTerraform()
	tags := PlanAdoption(s.Request, s.Snapshot).Actions[0].(AdoptConnection).Tags
	if _, renamed := tags[nameTag]; renamed || tags[v1alpha1.TagOwner] != owner || tags[v1alpha1.TagAdopted] != "true" {
		t.Errorf("the connection gets %v", tags)
	}
	if s.Tags[nameTag] != "ours" || s.Tags[v1alpha1.TagAdopted] != "" {
		t.Errorf("the tags of what we make became %v", s.Tags)
	}
	s.Spec.Tags = map[string]v1alpha1.TagValue{nameTag: "given"}
	if tags := s.Request.adopted(s.Tags); tags[nameTag] != "ours" {
		t.Errorf("with a name in the spec it gets %v", tags)
	}
	if tags := (Request{}).adopted(nil); tags[v1alpha1.TagAdopted] != "true" {
		t.Errorf("without any tags of ours it gets %v", tags)
	}
}

func TestA2WhatIsOursIsNotAdoptedAgain(t *testing.T) {
	s := taken()
	if plan := PlanAdoption(s.Request, s.Snapshot); plan.Progress != verdict.Done || !plan.empty() {
		t.Errorf("it still wants %v: %s", plan.Lines(), plan.Message)
	}
	if plan := PlanAdoption(newScene().Request, newScene().Snapshot); plan.Progress != verdict.Done {
		t.Errorf("with nothing named it is %+v", plan)
	}
}

func TestA2EachThingThatIsNotOursYetKeepsTheAdoptionOpen(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"the accepter's view has lost its tags": {func(s *scene) { s.side(Accepter).Connections[0].Tags = nil }, []string{"adopt pcx-foreign by tagging the accepter's view of it"}},
		"a rule has lost its tags":              {func(s *scene) { s.side(Requester).Rules[0].Tags = nil }, []string{"adopt sgr-1 (requester) by tagging"}},
		"rules are named in any order": {func(s *scene) {
			s.Spec.Adopt.Requester.SecurityGroupRuleIDs = []string{"sgr-9", "sgr-1"}
			s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule), rule("sgr-9", "10.12.0.0/16", foreignRule)}
		}, []string{"adopt sgr-1, sgr-9 (requester) by tagging"}},
		"the accepter's route is not on record": {func(s *scene) {
			s.Inventory.Accepter.Routes = nil
			s.Inventory.Adopted = slices.DeleteFunc(s.Inventory.Adopted, func(thing string) bool { return thing == "rtb-us 10.11.0.0/16" })
		}, []string{"adopt the route to 10.11.0.0/16 in rtb-us (accepter) by recording it in status, without a change in AWS"}},
		"a route of each side is not on record": {func(s *scene) {
			s.Inventory.Requester.Routes, s.Inventory.Accepter.Routes, s.Inventory.Adopted = nil, nil, nil
		}, []string{
			"adopt the route to 10.12.0.0/16 in rtb-eu (requester) by recording it in status, without a change in AWS",
			"adopt the route to 10.11.0.0/16 in rtb-us (accepter) by recording it in status, without a change in AWS",
		}},
		"a route and a rule of one side": {func(s *scene) {
			s.Inventory.Requester.Routes, s.Inventory.Adopted, s.side(Requester).Rules[0].Tags = nil, nil, nil
		}, []string{
			"adopt the route to 10.12.0.0/16 in rtb-eu (requester) by recording it in status, without a change in AWS",
			"adopt sgr-1 (requester) by tagging",
		}},
		"a route that is on record as ours, and not as adopted": {func(s *scene) { s.Inventory.Adopted = nil }, nil},
		"a rule alone, where the connection was adopted and is gone": {func(s *scene) {
			s.dropConnections()
			s.side(Requester).Rules[0].Tags = nil
		}, []string{"adopt sgr-1 (requester) by tagging"}},
		"a route that was adopted and is gone is not looked for again": {func(s *scene) {
			s.Inventory.Accepter.Routes, s.side(Accepter).RouteTables[0].Routes = nil, nil
		}, nil},
		"a connection that is gone is not tagged": {func(s *scene) {
			for _, role := range Roles() {
				s.side(role).Connections[0].State, s.side(role).Connections[0].Tags = StateDeleted, nil
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := taken()
			test.edit(s)
			plan := PlanAdoption(s.Request, s.Snapshot)
			expectLines(t, "plan", test.want, plan.Lines())
			if (plan.Progress == verdict.Done) != (test.want == nil) {
				t.Errorf("it is %s: %s", plan.Progress, plan.Message)
			}
		})
	}
}

func TestA2AdoptionWaitsUntilAllOfItCanBeJudged(t *testing.T) {
	for name, test := range map[string]struct {
		edit   func(*scene)
		reason string
		text   string
	}{
		"a side that cannot be read":                 {func(s *scene) { s.side(Accepter).Unread.Groups = true }, v1alpha1.ReasonSideUnread, "until both sides can be read"},
		"a side that does not see the connection":    {func(s *scene) { s.side(Accepter).Connections = nil }, v1alpha1.ReasonProgressing, "Waiting for the accepter to see pcx-foreign"},
		"a cluster that has not reported its pods":   {func(s *scene) { s.Networks.Accepter = []*v1alpha1.ClusterNetwork{nil} }, v1alpha1.ReasonClusterNotResolved, "Until then nothing is adopted."},
		"the other cluster has not reported its own": {func(s *scene) { s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil} }, v1alpha1.ReasonClusterNotResolved, "Until then nothing is adopted."},
	} {
		t.Run(name, func(t *testing.T) {
			s := byTerraform()
			test.edit(s)
			plan := PlanAdoption(s.Request, s.Snapshot)
			expectVerdict(t, plan.Verdict, verdict.Wait, test.reason, test.text)
			expectLines(t, "plan", nil, plan.Lines())
		})
	}
}

// TestA4OnlyWhatWeWouldHaveMadeIsAdopted: anything else would be removed the moment it is ours.
func TestA4OnlyWhatWeWouldHaveMadeIsAdopted(t *testing.T) {
	connection := func(s *scene, edit func(*Connection)) {
		for _, role := range Roles() {
			edit(&s.side(role).Connections[0])
		}
	}
	named := func(s *scene) *v1alpha1.SideAdoption { return &s.Spec.Adopt.Requester }
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string // parts of the findings, in order
	}{
		"all is as we would have made it": {func(*scene) {}, nil},
		"nothing is named":                {func(s *scene) { s.Spec.Adopt = nil; s.side(Requester).RouteTables = nil }, nil},
		"a VPC that is not there":         {func(s *scene) { s.Spec.Adopt.ConnectionID = "pcx-x"; s.side(Requester).VPC = nil }, nil},
		"the other VPC is not there":      {func(s *scene) { s.Spec.Adopt.ConnectionID = "pcx-x"; s.side(Accepter).VPC = nil }, nil},
		"a part that could not be read":   {func(s *scene) { s.Spec.Adopt.ConnectionID = "pcx-x"; s.side(Accepter).Unread.RouteTables = true }, nil},
		"rules alone, and no connection": {func(s *scene) {
			s.Spec.Adopt.ConnectionID = ""
			named(s).Routes, s.Spec.Adopt.Accepter.Routes = nil, nil
		}, nil},
		"a connection that nobody sees": {func(s *scene) { s.Spec.Adopt.ConnectionID = "pcx-x" }, []string{"connectionID: No side sees pcx-x."}},
		"a connection that was adopted": {func(s *scene) {
			s.Inventory = &v1alpha1.Inventory{Adopted: []string{"pcx-x"}}
			s.Spec.Adopt.ConnectionID = "pcx-x"
		}, nil},
		"a connection of other VPCs": {func(s *scene) { connection(s, func(c *Connection) { c.Accepter.VPC = "vpc-x" }); justConnection(s) }, []string{"connectionID: pcx-foreign joins vpc-eu and vpc-x, not vpc-eu and vpc-us."}},
		"a connection of another account": {func(s *scene) {
			connection(s, func(c *Connection) { c.Accepter.Account = "333333333333" })
			justConnection(s)
		}, []string{"account 333333333333), not "}},
		"a connection of another region": {func(s *scene) {
			connection(s, func(c *Connection) { c.Requester.Region = "eu-west-9" })
			justConnection(s)
		}, []string{"vpc-eu (eu-west-9, "}},
		"a connection that is pending": {func(s *scene) { connection(s, func(c *Connection) { c.State = StatePending }); justConnection(s) }, []string{"connectionID: pcx-foreign is pending-acceptance, and only an active"}},
		"another one already joins them": {func(s *scene) {
			s.see(between("pcx-active", StateActive, us, eu), Requester, Accepter)
			justConnection(s)
		}, []string{"connectionID: pcx-active already joins the pair. Name that one instead of pcx-foreign."}},
		"ours is there, and another is named": {func(s *scene) {
			s.see(ours(StateActive), Requester, Accepter)
			s.Inventory = &v1alpha1.Inventory{}
			justConnection(s)
			s.eachView(func(c *Connection) {
				if c.ID == foreignID {
					c.State = StatePending
				}
			})
		}, []string{"connectionID: pcx-foreign is pending-acceptance"}},
		"both views belong to another VPCPeering": {func(s *scene) {
			s.eachView(func(c *Connection) { c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/other"} })
		}, []string{"connectionID: pcx-foreign belongs to another VPCPeering"}},
		"a connection that was adopted and is gone, and routes that lead elsewhere": {func(s *scene) {
			s.dropConnections()
			s.Spec.Adopt.ConnectionID, s.Inventory = "pcx-gone", &v1alpha1.Inventory{Adopted: []string{"pcx-gone"}}
		}, []string{"leads to pcx-foreign, not to pcx-gone.", "leads to pcx-foreign, not to pcx-gone."}},
		"a route of ours that was pointed elsewhere": {func(s *scene) {
			s.Inventory = &v1alpha1.Inventory{}
			s.made(v1alpha1.InventoryCreated, "rtb-eu 10.12.0.0/16")
			s.side(Requester).RouteTables[0].Routes[0].Target = "tgw-1"
		}, nil},
		"a route that was adopted and was pointed elsewhere": {func(s *scene) {
			s.Inventory = &v1alpha1.Inventory{Adopted: []string{"rtb-eu 10.12.0.0/16"}}
			s.side(Requester).RouteTables[0].Routes[0].Target = "tgw-1"
		}, nil},
		"it belongs to another VPCPeering": {func(s *scene) {
			s.side(Accepter).Connections[0].Tags = map[string]string{v1alpha1.TagOwner: "inst/network/other"}
		}, []string{"connectionID: pcx-foreign belongs to another VPCPeering (owner tag: inst/network/other)."}},
		"a table of another VPC":    {func(s *scene) { named(s).Routes[0].RouteTableID = "rtb-x" }, []string{"requester.routes[0]: rtb-x is not a route table of vpc-eu."}},
		"a route that is not there": {func(s *scene) { s.side(Requester).RouteTables[0].Routes = nil }, []string{"requester.routes[0]: rtb-eu has no route to 10.12.0.0/16."}},
		"the second of two is not there": {func(s *scene) {
			named(s).Routes = append(named(s).Routes, v1alpha1.AdoptedRoute{RouteTableID: "rtb-eu", Destination: "10.99.0.0/16"})
		}, []string{"requester.routes[1]: rtb-eu has no route to 10.99.0.0/16."}},
		"a route by prefix list": {func(s *scene) {
			s.side(Requester).RouteTables[0].Routes = []Route{{PrefixListID: "pl-1", Target: foreignID, State: "active", Entries: []netip.Prefix{prefix("10.12.0.0/16")}}}
		}, []string{"The route to 10.12.0.0/16 in rtb-eu goes by a prefix list"}},
		"a route that leads elsewhere": {func(s *scene) { s.side(Requester).RouteTables[0].Routes[0].Target = "tgw-1" }, []string{"leads to tgw-1, not to pcx-foreign."}},
		"a route without any connection": {func(s *scene) {
			s.Spec.Adopt.ConnectionID = ""
			s.dropConnections()
			s.side(Accepter).RouteTables[0].Routes[0].Target = ""
		}, []string{"leads to pcx-foreign, not to a connection of the pair.", "leads to , not to a connection of the pair."}},
		"a route that is a blackhole":             {func(s *scene) { s.side(Requester).RouteTables[0].Routes[0].State = "blackhole" }, []string{"is a blackhole."}},
		"a side that makes no routes":             {func(s *scene) { s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone }, []string{"With requester.routes.tables: None crossvpc makes no routes. Select rtb-eu"}},
		"a block that the side does not route to": {func(s *scene) { s.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.12.0.0/16"} }, []string{"The requester routes to no block and not to 10.12.0.0/16", "sgr-1 in sg-eu admits all traffic from 10.12.0.0/16, and crossvpc would admit nothing."}},
		"a table that is not selected": {func(s *scene) {
			s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectSelected, RouteTableIDs: []string{"rtb-2"}}
			s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table("rtb-2", "vpc-eu"))
		}, []string{"requester.routes does not select rtb-eu"}},
		"a table that a cluster may still report": {func(s *scene) { s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil} }, nil},
		"a rule that is not there":                {func(s *scene) { s.side(Requester).Rules = nil }, []string{"requester.securityGroupRuleIDs[0]: sgr-1 is not in a security group that requester.securityGroups selects (sg-eu)."}},
		"a rule that was adopted and is gone": {func(s *scene) {
			s.Inventory = &v1alpha1.Inventory{Adopted: []string{"sgr-1"}}
			s.side(Requester).Rules = nil
		}, nil},
		"a rule of a cluster that has not reported": {func(s *scene) {
			s.Networks.Requester, s.side(Requester).Rules = []*v1alpha1.ClusterNetwork{nil}, nil
		}, nil},
		"a side that makes no rules": {func(s *scene) { s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectNone }, []string{"With requester.securityGroups.groups: None crossvpc makes no rules. Select the group of sgr-1"}},
		"an egress rule":             {func(s *scene) { s.side(Requester).Rules[0].Egress = true }, []string{"sgr-1 is an egress rule"}},
		"a rule of another VPCPeering": {func(s *scene) {
			s.side(Requester).Rules[0].Tags = map[string]string{v1alpha1.TagOwner: "inst/network/other"}
		}, []string{"sgr-1 in sg-eu belongs to another VPCPeering"}},
		"a rule in a group not selected":    {func(s *scene) { s.side(Requester).Rules[0].GroupID = "sg-x" }, []string{"sgr-1 is in sg-x, which requester.securityGroups does not select"}},
		"a rule that admits something else": {func(s *scene) { s.side(Requester).Rules[0].Source = prefix("10.99.0.0/16") }, []string{"sgr-1 in sg-eu admits all traffic from 10.99.0.0/16, and crossvpc would admit all traffic from 10.12.0.0/16."}},
		"a rule about a prefix list":        {func(s *scene) { s.side(Requester).Rules[0].Source = netip.Prefix{} }, []string{"sgr-1 in sg-eu admits a security group or a prefix list, and crossvpc would"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := byTerraform()
			test.edit(s)
			findings := findingTexts(checkAdoption(s.Request, s.Snapshot))
			if len(findings) != len(test.want) {
				t.Fatalf("it finds %q, want %q", findings, test.want)
			}
			for i, part := range test.want {
				if !strings.HasPrefix(findings[i], "spec.adopt.") || !strings.Contains(findings[i], part) {
					t.Errorf("it finds %q, want %q", findings[i], part)
				}
				expectSentence(t, findings[i])
			}
			if len(test.want) > 0 && !slices.ContainsFunc(Preflight(s.Request, s.Snapshot), func(f Finding) bool { return f.Message == findings[0] }) {
				t.Error("it is not found before the first write")
			}
			if len(test.want) > 0 && PlanAdoption(s.Request, s.Snapshot).Progress != verdict.Stalled {
				t.Error("it is adopted all the same")
			}
		})
	}
}

// justConnection names nothing but the connection, so that nothing else is found.
func justConnection(s *scene) {
	s.Spec.Adopt.Requester, s.Spec.Adopt.Accepter = v1alpha1.SideAdoption{}, v1alpha1.SideAdoption{}
}

func (s *scene) dropConnections() {
	s.side(Requester).Connections, s.side(Accepter).Connections = nil, nil
}

func findingTexts(findings []Finding) []string {
	var texts []string
	for _, finding := range findings {
		texts = append(texts, finding.Message)
	}
	return texts
}

func TestA4AfterALostStatusWhatGitNamesAndIsGoneIsMadeAgain(t *testing.T) {
	s := taken()
	s.Inventory = nil // status was lost; the tag on the connection says that the adoption took place
	s.side(Requester).RouteTables[0].Routes, s.side(Requester).Rules = nil, nil
	expectLines(t, "findings", nil, findingTexts(checkAdoption(s.Request, s.Snapshot)))
	s.Inventory = &v1alpha1.Inventory{} // nothing was adopted yet, and that is known
	if findings := findingTexts(checkAdoption(s.Request, s.Snapshot)); len(findings) != 2 {
		t.Errorf("with a record it finds %q", findings)
	}
	s = taken()
	s.Inventory = nil
	for _, role := range Roles() {
		s.side(role).Connections[0].Tags = nil // and nothing says so
	}
	s.side(Requester).RouteTables[0].Routes = nil
	if findings := findingTexts(checkAdoption(s.Request, s.Snapshot)); len(findings) != 1 {
		t.Errorf("of what was never ours it finds %q", findings)
	}
}

func TestTheRecordKeepsWhatWasAdoptedBeforeAndIsBounded(t *testing.T) {
	s := byTerraform()
	s.Inventory = &v1alpha1.Inventory{Adopted: []string{"sgr-1", "sgr-earlier"}}
	expectLines(t, "record", append(slices.Clone(allNamed), "sgr-earlier"), AdoptedRecord(s.Request))
	s.Spec.Adopt = nil
	expectLines(t, "record", []string{"sgr-1", "sgr-earlier"}, AdoptedRecord(s.Request))
	for i := range mostAdopted {
		s.Inventory.Adopted = append(s.Inventory.Adopted, fmt.Sprintf("sgr-%d", i))
	}
	if got := len(AdoptedRecord(s.Request)); got != mostAdopted {
		t.Errorf("%d things are on record, more than status takes", got)
	}
	if s = byTerraform(); !MayHaveAdopted(s.Request) {
		t.Error("what spec.adopt names may carry the tag")
	}
	if s.Spec.Adopt, s.Inventory = nil, nil; !MayHaveAdopted(s.Request) {
		t.Error("without a record nobody can say")
	}
	if s.Inventory = (&v1alpha1.Inventory{}); MayHaveAdopted(s.Request) {
		t.Error("nothing was ever adopted, says the record")
	}
	if s.Inventory.Adopted = []string{"sgr-1"}; !MayHaveAdopted(s.Request) {
		t.Error("the record says that something was adopted")
	}
}

func TestAnAdoptedConnectionIsKnownByTheSpecTheRecordOrItsTag(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want bool
	}{
		"the spec names it":           {func(s *scene) { s.Spec.Adopt = &v1alpha1.Adoption{ConnectionID: ourID} }, true},
		"the spec names another":      {func(s *scene) { s.Spec.Adopt = &v1alpha1.Adoption{ConnectionID: "pcx-x"} }, false},
		"the record names it":         {func(s *scene) { s.Inventory.Adopted = []string{ourID} }, true},
		"the accepter's tag says so":  {func(s *scene) { s.side(Accepter).Connections[0].Tags[v1alpha1.TagAdopted] = "true" }, true},
		"the requester's tag says so": {func(s *scene) { s.side(Requester).Connections[0].Tags[v1alpha1.TagAdopted] = "true" }, true},
		"nothing says so":             {func(*scene) {}, false},
		"one view is missing":         {func(s *scene) { s.side(Requester).Connections = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.edit(s)
			if got := s.Request.wasAdopted(s.Snapshot, ourID); got != test.want {
				t.Errorf("adopted: %t", got)
			}
			if _, tagged := s.Request.connectionTags(s.Snapshot, ourID)[v1alpha1.TagAdopted]; tagged != test.want {
				t.Errorf("its tags say adopted: %t", tagged)
			}
		})
	}
	if newScene().Request.adopts("") {
		t.Error("no connection is no connection that the spec names")
	}
}

func TestWhatWasAdoptedLosesOurTagsAloneAndWhatWeMadeKeepsThem(t *testing.T) {
	s := taken()
	made := rule("sgr-made", "10.12.0.0/16")
	theirs := rule("sgr-theirs", "10.12.0.0/16", foreignRule)
	theirs.Tags = map[string]string{v1alpha1.TagAdopted: "true", v1alpha1.TagOwner: "inst/network/other"}
	second := s.side(Requester).Rules[0]
	second.ID = "sgr-0"
	s.side(Requester).Rules = append(s.side(Requester).Rules, made, theirs, second)
	s.see(ours(StateActive), Requester)      // one that we made
	gone := s.side(Requester).Connections[0] // and an adopted one that is gone
	gone.ID, gone.State = "pcx-gone", StateDeleted
	s.see(gone, Requester)
	foreign := gone
	foreign.ID, foreign.State = "pcx-x", StateActive
	foreign.Tags = map[string]string{v1alpha1.TagAdopted: "true", v1alpha1.TagOwner: "inst/network/other"}
	s.see(foreign, Requester)
	actions := PlanDisown(s.Request, s.Snapshot)
	var got []string
	for _, action := range actions {
		disown := action.(Disown)
		got = append(got, string(disown.Role())+" "+strings.Join(disown.IDs, " "))
		if len(disown.Keys) == 0 || !slices.Contains(disown.Keys, v1alpha1.TagOwner) || !slices.Contains(disown.Keys, v1alpha1.TagAdopted) || slices.Contains(disown.Keys, nameTag) {
			t.Errorf("it takes off %v", disown.Keys)
		}
	}
	slices.Sort(got)
	expectLines(t, "given back", []string{"accepter pcx-foreign", "accepter sgr-2", "requester pcx-foreign", "requester sgr-0 sgr-1"}, got)
}
