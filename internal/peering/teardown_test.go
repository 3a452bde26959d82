package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

const (
	routeGone = "remove the route to 10.12.0.0/16 from rtb-eu (requester)"
	ruleGone  = "remove sgr-1 from sg-eu (requester)"
	connGone  = "delete pcx-ours from the requester's side"
	madeRoute = "rtb-eu 10.12.0.0/16"
)

// everythingMade is what a finished peering has on the requester's side.
func everythingMade(s *scene) {
	s.see(ours(StateActive), Requester, Accepter)
	s.ConnectionID = ourID
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.made("Created", madeRoute)
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
}

// teardownWant is what is to be planned; empty is true where nothing is left, and nothing is waited for.
type teardownWant struct {
	routes, rules, connection, foreign, unproven []string
	unprovenRoutes                               []string
	waiting                                      string
	empty                                        bool
}

type teardownCase struct {
	prepare func(*scene)
	want    teardownWant
}

func TestA8WhatWasMadeIsRemovedInStagesAndNothingElse(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"nothing was made": {func(*scene) {}, teardownWant{empty: true}},
		"everything, in stages": {everythingMade, teardownWant{
			routes: []string{routeGone}, rules: []string{ruleGone}, connection: []string{connGone},
		}},
		"A9 what was written down and not made is nothing to remove": {
			func(s *scene) { s.made("Pending", madeRoute) }, teardownWant{empty: true},
		},
		"A9 what was made before it was confirmed is removed": {
			func(s *scene) { everythingMade(s); s.Inventory.Requester.Routes[0].State = "Pending" },
			teardownWant{routes: []string{routeGone}, rules: []string{ruleGone}, connection: []string{connGone}},
		},
		"an adopted connection stays, what was added to it goes": {
			func(s *scene) {
				s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
				s.ConnectionID = foreignID
				s.routes("rtb-eu", route("10.12.0.0/16", foreignID))
				s.routes("rtb-us", route("10.11.0.0/16", foreignID))
				s.made("Created", madeRoute)
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
			}, teardownWant{routes: []string{routeGone}, rules: []string{ruleGone}},
		},
		"a table that is gone took its routes along": {
			func(s *scene) { everythingMade(s); s.side(Requester).RouteTables = nil }, teardownWant{rules: []string{ruleGone}, connection: []string{connGone}},
		},
	})
}

func TestA8RoutesOfOthersStay(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"A4 a route of somebody else to the connection holds it": {
			func(s *scene) {
				everythingMade(s)
				s.routes("rtb-us", route("10.11.0.0/16", ourID), Route{PrefixListID: "pl-1", Target: ourID, State: "active", Origin: "CreateRoute"})
			}, teardownWant{
				routes: []string{routeGone}, rules: []string{ruleGone}, connection: []string{connGone},
				foreign: []string{"10.11.0.0/16 in rtb-us (accepter)", "pl-1 in rtb-us (accepter)"},
			},
		},
		"A4 a recorded route that somebody pointed elsewhere stays": {
			func(s *scene) {
				everythingMade(s)
				s.side(Requester).RouteTables[0].Routes = []Route{route("10.12.0.0/16", "tgw-1")}
			}, teardownWant{rules: []string{ruleGone}, connection: []string{connGone}},
		},
	})
}

func TestA8RoutesToAConnectionThatIsGoneAreRemovedWhereTheyAreOurs(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"blackholes go also when somebody deleted the connection": {
			func(s *scene) {
				s.ConnectionID = ourID
				s.see(ours(StateDeleted), Requester, Accepter)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
				s.made("Created", madeRoute)
			}, teardownWant{routes: []string{routeGone}},
		},
		"and when EC2 no longer shows it": {
			func(s *scene) {
				s.ConnectionID = "pcx-newer"
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
				s.made("Created", madeRoute)
			}, teardownWant{routes: []string{routeGone}},
		},
		"A9 also those that were made and not confirmed": {
			func(s *scene) {
				s.ConnectionID = ourID
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
				s.made("Pending", madeRoute)
			}, teardownWant{routes: []string{routeGone}},
		},
		"A4 but not a blackhole where a route was only about to be made": {
			func(s *scene) {
				s.ConnectionID = ourID
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x"))
				s.made("Pending", madeRoute)
			}, teardownWant{empty: true},
		},
		"A4 but not a blackhole to a connection between other VPCs": {
			func(s *scene) {
				s.see(between("pcx-x", StateDeleted, eu, Side{VPC: "vpc-x"}), Requester)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x"))
				s.made("Created", madeRoute)
			}, teardownWant{empty: true},
		},
	})
}

func TestA8RulesOfOursAreRemovedAndThoseOfOthersStay(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"A4 rules that an object of the same name left behind for another peer stay": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.99.0.0/16", toPeer("vpc-other")), rule("sgr-2", "10.12.0.0/16", toPeer("vpc-us"))}
			}, teardownWant{rules: []string{"remove sgr-2 from sg-eu (requester)"}},
		},
		"A4 rules of others stay": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule), rule("sgr-2", "10.12.0.0/16", foreignRule, egress)}
			}, teardownWant{empty: true},
		},
		"rules that let out go with those that admit": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16"), rule("sgr-2", "10.12.0.0/16", egress)}
			}, teardownWant{rules: []string{"remove sgr-1 from sg-eu (requester)", "remove sgr-2 from sg-eu (requester)"}},
		},
		"A4 a rule on record is not removed while EC2 shows no tags on it": {
			func(s *scene) {
				s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16", foreignRule), rule("sgr-2", "10.13.0.0/16", foreignRule)}
				s.record(inventoryRule(rule("", "10.12.0.0/16").key(), "sgr-1", v1alpha1.InventoryPending))
			}, teardownWant{unproven: []string{"sgr-1 in sg-eu (requester)"}, empty: true},
		},
	})
}

func TestA8OfWhoIsNotAdmittedAnyMoreOnlyWhatTagsProveIsRemoved(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"admitted no more, a status that names somebody's connection removes nothing of theirs": {
			func(s *scene) {
				s.StillAdmitted = false
				s.see(between(foreignID, StateActive, eu, us), Requester, Accepter)
				s.ConnectionID, s.Adopted = foreignID, true
				s.routes("rtb-eu", route("10.12.0.0/16", foreignID))
				s.made("Created", madeRoute)
			}, teardownWant{unprovenRoutes: []string{"the route to 10.12.0.0/16 in rtb-eu (requester), because AWS does not show that pcx-foreign, where it leads, is crossvpc's"}, empty: true},
		},
		"admitted no more, what the tag of its target proves is removed": {
			func(s *scene) { everythingMade(s); s.StillAdmitted = false },
			teardownWant{routes: []string{routeGone}, rules: []string{ruleGone}, connection: []string{connGone}},
		},
		"admitted no more, a dead route is removed while AWS shows the tag of its connection": {
			func(s *scene) {
				everythingMade(s)
				s.StillAdmitted = false
				s.Snapshot.Requester.Connections, s.Snapshot.Accepter.Connections = nil, nil
				s.see(ours(StateDeleted), Requester, Accepter)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
			}, teardownWant{routes: []string{routeGone}, rules: []string{ruleGone}},
		},
		"admitted no more, a dead route to what nobody sees stays and is named": {
			func(s *scene) {
				everythingMade(s)
				s.StillAdmitted = false
				s.Snapshot.Requester.Connections, s.Snapshot.Accepter.Connections = nil, nil
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
			}, teardownWant{
				rules:          []string{ruleGone},
				unprovenRoutes: []string{"the route to 10.12.0.0/16 in rtb-eu (requester), because AWS does not show that pcx-ours, where it leads, is crossvpc's"},
			},
		},
	})
}

func TestA8TheConnectionIsDeletedOrItsRequestWithdrawnWhereItIsOurs(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"a request that was not accepted is withdrawn by the side that made it": {
			func(s *scene) { s.see(tagged(between(ourID, StatePending, us, eu)), Requester, Accepter) },
			teardownWant{connection: []string{"delete pcx-ours from the accepter's side"}},
		},
		"a request beside a live connection of others is withdrawn": {
			func(s *scene) {
				s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
				s.see(ours(StatePending), Requester, Accepter)
			}, teardownWant{connection: []string{connGone}},
		},
		"A2 the connection of another object stays": {
			func(s *scene) {
				c := ours(StateActive)
				c.Tags = map[string]string{v1alpha1.TagOwner: "inst/network/another"}
				s.see(c, Requester, Accepter)
			}, teardownWant{empty: true},
		},
		"waits for a connection on its way out": {
			func(s *scene) { s.see(ours(StateDeleting), Requester, Accepter) },
			teardownWant{waiting: "Waiting for AWS to delete pcx-ours."},
		},
		"does not wait for somebody else's": {
			func(s *scene) { s.see(between(foreignID, StateDeleting, us, eu), Requester, Accepter) }, teardownWant{empty: true},
		},
	})
}

func TestA8WithoutARecordOnlyWhatItWouldHaveMadeIsRemoved(t *testing.T) {
	expectTeardowns(t, map[string]teardownCase{
		"without a record and with a connection that was deleted by hand it knows its dead routes by that one's tag": {
			func(s *scene) {
				everythingMade(s)
				s.Inventory, s.ConnectionID = nil, ""
				s.Snapshot.Requester.Connections, s.Snapshot.Accepter.Connections = nil, nil
				s.see(ours(StateDeleted), Requester, Accepter)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
			}, teardownWant{routes: []string{routeGone}, rules: []string{ruleGone}},
		},
		"without a record it knows its routes by its own connection": {
			func(s *scene) {
				everythingMade(s)
				s.routes("rtb-us", route("10.11.0.0/16", ourID))
				s.Inventory = nil
			}, teardownWant{
				routes: []string{routeGone, "remove the route to 10.11.0.0/16 from rtb-us (accepter)"},
				rules:  []string{ruleGone}, connection: []string{connGone},
			},
		},
		"A4 without a record routes that it would not have made hold the deletion": {
			func(s *scene) {
				everythingMade(s)
				s.routes("rtb-eu", route("10.77.0.0/16", ourID))
				s.Inventory = nil
			}, teardownWant{
				routes: []string{routeGone}, rules: []string{ruleGone}, connection: []string{connGone}, foreign: []string{"10.77.0.0/16 in rtb-eu (requester)"},
			},
		},
		"A4 without a record, under None, the routes are somebody else's": {
			func(s *scene) {
				everythingMade(s)
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				s.Inventory = nil
			}, teardownWant{rules: []string{ruleGone}, connection: []string{connGone}, foreign: []string{"10.12.0.0/16 in rtb-eu (requester)"}},
		},
		"A11 without a record and with a silent cluster nothing is guessed": {
			func(s *scene) {
				everythingMade(s)
				s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil}
				s.Inventory = nil
			}, teardownWant{rules: []string{ruleGone}, connection: []string{connGone}, foreign: []string{"10.12.0.0/16 in rtb-eu (requester)"}},
		},
	})
}

func expectTeardowns(t *testing.T, cases map[string]teardownCase) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.prepare(s)
			teardown := PlanTeardown(s.Request, s.Snapshot)
			expectLines(t, "routes", test.want.routes, lines(teardown.Routes))
			expectLines(t, "rules", test.want.rules, lines(teardown.Rules))
			expectLines(t, "connection", test.want.connection, lines(teardown.Connection))
			expectLines(t, "foreign", test.want.foreign, teardown.Foreign)
			expectLines(t, "unproven", test.want.unproven, teardown.Unproven)
			expectLines(t, "unproven routes", test.want.unprovenRoutes, teardown.UnprovenRoutes)
			if teardown.Waiting != test.want.waiting || teardown.empty() != test.want.empty {
				t.Errorf("waiting is %q, empty %t; want %q, %t", teardown.Waiting, teardown.empty(), test.want.waiting, test.want.empty)
			}
			expectForeignVerdict(t, teardown)
			if left := len(teardown.Left()); left != len(teardown.Routes)+len(teardown.Rules)+len(teardown.Connection) {
				t.Errorf("%d things are listed as left", left)
			}
		})
	}
}

func expectForeignVerdict(t *testing.T, teardown Teardown) {
	t.Helper()
	if len(teardown.Foreign) == 0 {
		return
	}
	expectVerdict(t, teardown.ForeignVerdict(ourID, ""), verdict.Stalled, "ForeignRoutes", ourID, teardown.Foreign[0], `networking.crossvpc.io/force-finalize: "true"`)
	if forbidden := teardown.ForeignVerdict(ourID, "AWSIdentity eu forbids it."); strings.Contains(forbidden.Message, "force-finalize") || !strings.HasSuffix(forbidden.Message, "eu forbids it.") {
		t.Errorf("where force is forbidden it says %q", forbidden.Message)
	}
}

func TestAnActiveConnectionThatOneSideMayNotDeleteIsDeletedFromTheOther(t *testing.T) {
	const fromRequester, fromAccepter = "delete pcx-ours from the requester's side", "delete pcx-ours from the accepter's side"
	for name, test := range map[string]struct {
		state  ConnectionState
		unread bool
		given  []string
		want   []string
	}{
		"nothing is refused":                    {StateActive, false, nil, []string{fromRequester}},
		"the requester is refused":              {StateActive, false, []string{fromRequester}, []string{fromAccepter}},
		"both are refused":                      {StateActive, false, []string{fromRequester, fromAccepter}, nil},
		"the accepter can't be read":            {StateActive, true, []string{fromRequester}, nil},
		"a request only its maker may withdraw": {StatePending, false, []string{fromRequester}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, givenUp := newScene(), map[string]bool{}
			s.see(ours(test.state), Requester, Accepter)
			s.side(Accepter).Unread.Connections = test.unread
			for _, action := range test.given {
				givenUp[action] = true
			}
			expectLines(t, "connection", test.want, lines(PlanTeardown(s.Request, s.Snapshot).Without(givenUp).FromWhoMay(givenUp).Connection))
		})
	}
}

// empty reports whether nothing is left.
func (t Teardown) empty() bool {
	return len(t.Routes)+len(t.Rules)+len(t.Connection) == 0 && t.Waiting == ""
}
