package peering

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

var (
	blockA = netip.MustParsePrefix("10.1.0.0/16")
	blockB = netip.MustParsePrefix("10.2.0.0/16")
)

func ingressFrom(block netip.Prefix) Ingress {
	return Ingress{Source: block, Protocol: "-1", FromPort: -1, ToPort: -1}
}

func TestAnAnswerIsWorthARead(t *testing.T) {
	tags := map[string]string{"owner": "us"}
	before := func() SideSnapshot {
		return SideSnapshot{
			RouteTables: []RouteTable{
				{ID: "rtb-1", Routes: []Route{{Destination: blockA, Target: "pcx-1"}, {PrefixListID: "pl-1", Target: "pcx-1"}}},
				{ID: "rtb-2", Routes: []Route{{Destination: blockA, Target: "pcx-1"}}},
			},
			Rules: []SecurityGroupRule{{ID: "sgr-1", GroupID: "sg-1"}, {ID: "sgr-2", GroupID: "sg-1"}},
		}
	}
	made := func(id string, block netip.Prefix) SecurityGroupRule {
		return SecurityGroupRule{ID: id, GroupID: "sg-1", Source: block, Protocol: "-1", FromPort: -1, ToPort: -1, Tags: tags, Answered: true}
	}
	authorize := AuthorizeRules{GroupID: "sg-1", Rules: []Ingress{ingressFrom(blockA), ingressFrom(blockB)}, Tags: tags}
	for name, test := range map[string]struct {
		action Action
		ids    map[Ingress]string
		change func(*SideSnapshot) // nil: it has to be read
	}{
		"a route that is made": {action: CreateRoute{RouteTableID: "rtb-1", Destination: blockB, ConnectionID: "pcx-1"}, change: func(s *SideSnapshot) {
			s.RouteTables[0].Routes = append(s.RouteTables[0].Routes, Route{Destination: blockB, Target: "pcx-1", State: "active", Origin: "CreateRoute", Answered: true})
		}},
		"a route in a table that was not read": {action: CreateRoute{RouteTableID: "rtb-3", Destination: blockB, ConnectionID: "pcx-1"}},
		"a route that is removed": {action: DeleteRoute{RouteTableID: "rtb-1", Destination: blockA}, change: func(s *SideSnapshot) {
			s.RouteTables[0].Routes = s.RouteTables[0].Routes[1:]
		}},
		"a route that leads elsewhere now": {action: ReplaceRoute{RouteTableID: "rtb-1", Destination: blockA, ConnectionID: "pcx-2"}},
		"rules that are made": {action: authorize, ids: map[Ingress]string{ingressFrom(blockA): "sgr-3", ingressFrom(blockB): "sgr-4"}, change: func(s *SideSnapshot) {
			s.Rules = append(s.Rules, made("sgr-3", blockA), made("sgr-4", blockB))
		}},
		"rules that let out": {
			action: AuthorizeRules{GroupID: "sg-1", Egress: true, Rules: []Ingress{ingressFrom(blockA)}, Tags: tags}, ids: map[Ingress]string{ingressFrom(blockA): "sgr-3"},
			change: func(s *SideSnapshot) {
				out := made("sgr-3", blockA)
				out.Egress = true
				s.Rules = append(s.Rules, out)
			},
		},
		"rules of which one has no id": {action: authorize, ids: map[Ingress]string{ingressFrom(blockA): "sgr-3"}},
		"rules that are removed": {action: RevokeRules{GroupID: "sg-1", RuleIDs: []string{"sgr-1"}}, change: func(s *SideSnapshot) {
			s.Rules = s.Rules[1:]
		}},
		"a connection": {action: DeleteConnection{ID: "pcx-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			read, want := before(), before()
			got, said := read.Answered(test.action, test.ids)
			if said != (test.change != nil) {
				t.Fatalf("the answer says all: %t", said)
			}
			if said {
				test.change(&want)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("the side is (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before(), read, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
				t.Errorf("what others read, too, was changed:\n%s", diff)
			}
		})
	}
}

// recordOf is a side's record of one route and one rule.
func recordOf(state v1alpha1.InventoryState, ruleID string) v1alpha1.SideInventory {
	return v1alpha1.SideInventory{
		Routes:             []v1alpha1.InventoryRoutes{{RouteTableID: "rtb-1", Destinations: []string{blockA.String()}, State: state}},
		SecurityGroupRules: []v1alpha1.InventoryRule{inventoryRule(RuleKey{Group: "sg-1", Ingress: ingressFrom(blockA)}, ruleID, state)},
	}
}

func TestWhatAWSSaysIsThereAlreadyWasAnsweredBeforeIfTheRecordAwaitsIt(t *testing.T) {
	pending, confirmed := recordOf(v1alpha1.InventoryPending, "sgr-1"), recordOf(v1alpha1.InventoryCreated, "sgr-1")
	route := CreateRoute{On: Accepter, RouteTableID: "rtb-1", Destination: blockA}
	rule := AuthorizeRules{On: Accepter, GroupID: "sg-1", Rules: []Ingress{ingressFrom(blockA)}}
	for name, test := range map[string]struct {
		made   *v1alpha1.Inventory
		action Action
		want   bool
	}{
		"a route that is awaited":             {&v1alpha1.Inventory{Accepter: pending}, route, true},
		"a rule that is awaited":              {&v1alpha1.Inventory{Accepter: pending}, rule, true},
		"a route of the other side":           {&v1alpha1.Inventory{Requester: pending}, route, false},
		"a rule of the other side":            {&v1alpha1.Inventory{Requester: pending}, rule, false},
		"a route that was seen":               {&v1alpha1.Inventory{Accepter: confirmed}, route, false},
		"a rule that was seen":                {&v1alpha1.Inventory{Accepter: confirmed}, rule, false},
		"a rule that AWS gave no id":          {&v1alpha1.Inventory{Accepter: recordOf(v1alpha1.InventoryPending, "")}, rule, false},
		"a rule of another group":             {&v1alpha1.Inventory{Accepter: pending}, AuthorizeRules{On: Accepter, GroupID: "sg-2", Rules: rule.Rules}, false},
		"a rule of the other direction":       {&v1alpha1.Inventory{Accepter: pending}, AuthorizeRules{On: Accepter, GroupID: "sg-1", Egress: true, Rules: rule.Rules}, false},
		"a route to another block":            {&v1alpha1.Inventory{Accepter: pending}, CreateRoute{On: Accepter, RouteTableID: "rtb-1", Destination: blockB}, false},
		"anything else":                       {&v1alpha1.Inventory{Accepter: pending}, DeleteRoute{On: Accepter, RouteTableID: "rtb-1", Destination: blockA}, false},
		"a route, where a step was not ready": {nil, route, false},
	} {
		t.Run(name, func(t *testing.T) {
			ids, got := AnsweredBefore(test.made, test.action)
			if got != test.want {
				t.Errorf("answered before: %t", got)
			}
			if _, rules := test.action.(AuthorizeRules); rules && got && ids[ingressFrom(blockA)] != "sgr-1" {
				t.Errorf("the ids are %v", ids)
			}
		})
	}
}

func TestWhatIsSeenToBeOursIsConfirmed(t *testing.T) {
	request := Request{Owner: "us/ns/eu-us", ConnectionID: "pcx-1", Inventory: &v1alpha1.Inventory{Requester: recordOf(v1alpha1.InventoryPending, "sgr-1")}}
	seen := func(target, owner string) Snapshot {
		rule := SecurityGroupRule{ID: "sgr-1", GroupID: "sg-1", Source: blockA, Protocol: "-1", FromPort: -1, ToPort: -1, Tags: map[string]string{v1alpha1.TagOwner: owner}}
		return Snapshot{Requester: SideSnapshot{
			RouteTables: []RouteTable{{ID: "rtb-1", Routes: []Route{{Destination: blockA, Target: target}}}}, Rules: []SecurityGroupRule{rule},
		}}
	}
	for name, test := range map[string]struct {
		snapshot    Snapshot
		route, rule v1alpha1.InventoryState
	}{
		"nothing is seen":      {Snapshot{}, v1alpha1.InventoryPending, v1alpha1.InventoryPending},
		"both are":             {seen("pcx-1", request.Owner), v1alpha1.InventoryCreated, v1alpha1.InventoryCreated},
		"both are of others":   {seen("pcx-2", "somebody"), v1alpha1.InventoryPending, v1alpha1.InventoryPending},
		"the rule has no tags": {seen("pcx-1", ""), v1alpha1.InventoryCreated, v1alpha1.InventoryPending},
	} {
		t.Run(name, func(t *testing.T) {
			got := Confirmed(request, test.snapshot, Requester)
			if got.Routes[0].State != test.route || got.SecurityGroupRules[0].State != test.rule {
				t.Errorf("the record says %+v", got)
			}
			if request.Inventory.Requester.SecurityGroupRules[0].State != v1alpha1.InventoryPending {
				t.Error("the record itself was changed")
			}
		})
	}
}

func TestARouteThatAWSAnsweredWasMade(t *testing.T) {
	key := RouteKey{"rtb-1", blockA}
	for name, test := range map[string]struct {
		recorded map[RouteKey]v1alpha1.InventoryState
		ready    bool
		want     bool
	}{
		"seen":                       {map[RouteKey]v1alpha1.InventoryState{key: v1alpha1.InventoryCreated}, false, true},
		"about to be made":           {map[RouteKey]v1alpha1.InventoryState{key: v1alpha1.InventoryPending}, false, false},
		"answered":                   {map[RouteKey]v1alpha1.InventoryState{key: v1alpha1.InventoryPending}, true, true},
		"not on record, while ready": {nil, true, false},
	} {
		planner := routePlanner{recorded: test.recorded, request: Request{RoutesMade: test.ready}}
		if got := planner.wasMade(key); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
