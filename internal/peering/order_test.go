package peering

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// TestWhatIsSaidAndDoneDoesNotDependOnTheOrderOfAWSsLists: EC2 lists things in any order, and status, events and plans must
// not change with it.
func TestWhatIsSaidAndDoneDoesNotDependOnTheOrderOfAWSsLists(t *testing.T) {
	s := crowded()
	want := everythingSaid(s)
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		for _, role := range Roles() {
			side := s.side(role)
			shuffle(random, side.Connections)
			shuffle(random, side.RouteTables)
			shuffle(random, side.Groups)
			shuffle(random, side.Rules)
			shuffle(random, side.NetworkACLs)
			for i := range side.NetworkACLs {
				shuffle(random, side.NetworkACLs[i].Subnets)
			}
			for i := range side.RouteTables {
				shuffle(random, side.RouteTables[i].Routes)
			}
		}
		shuffle(random, s.Networks.Requester[0].InterfaceGroups)
		shuffle(random, s.Networks.Requester[0].SubnetIDs)
		if d := cmp.Diff(want, everythingSaid(s)); d != "" {
			t.Fatalf("it says (-before +after):\n%s", d)
		}
	}
}

// crowded has several of everything, most of it in the way or to be changed.
func crowded() *scene {
	s := openPath()
	s.TagKeys, s.Tags["team"] = []string{"old"}, "a"
	s.RulesLately = true
	side := s.side(Requester)
	side.Rules = nil
	s.Networks.Requester[0].InterfaceGroups = nil
	for i := range 5 {
		group, subnet := fmt.Sprintf("sg-%d", i), fmt.Sprintf("subnet-%d", i)
		side.Groups = append(side.Groups, SecurityGroup{ID: group, VPC: "vpc-eu"})
		s.Networks.Requester[0].SubnetIDs = append(s.Networks.Requester[0].SubnetIDs, subnet)
		for range 1 + i%3 { // interfaces: which group is picked first depends on how many it covers
			s.Networks.Requester[0].InterfaceGroups = append(s.Networks.Requester[0].InterfaceGroups, v1alpha1.InterfaceGroups{SecurityGroupIDs: []string{group}})
		}
		side.RouteTables = append(side.RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-eu", subnet))
		s.routes(fmt.Sprintf("rtb-%d", i), Route{PrefixListID: "pl-1", Target: "tgw-1", State: "active", Unread: "denied"}, Route{PrefixListID: "pl-2", Target: "tgw-1", State: "active", Unread: "denied"})
		side.NetworkACLs = append(side.NetworkACLs, NetworkACL{ID: "acl-" + group, Subnets: []string{subnet, fmt.Sprintf("subnet-%d", (i+1)%5)}})
		own := rule(fmt.Sprintf("sgr-%d", i), fmt.Sprintf("10.9%d.0.0/16", i), func(r *SecurityGroupRule) { r.GroupID = fmt.Sprintf("sg-%d", i%2) })
		own.Tags["old"] = "x"
		given := rule(fmt.Sprintf("sgr-given-%d", i), "10.88.0.0/16", func(r *SecurityGroupRule) { r.GroupID = group })
		bare := rule(fmt.Sprintf("sgr-bare-%d", i), "10.12.0.0/16", foreignRule, func(r *SecurityGroupRule) { r.GroupID = group })
		side.Rules = append(side.Rules, own, given, bare)
		s.record(inventoryRule(bare.key(), bare.ID, v1alpha1.InventoryCreated))
		if s.Heirs == nil {
			s.Heirs = map[string]Heir{}
		}
		s.Heirs[given.ID] = Heir{Name: "VPCPeering eu-ap", Tags: map[string]string{v1alpha1.TagOwner: "inst/network/eu-ap"}}
	}
	s.routes("rtb-us", route("10.99.0.0/16", ourID), route("10.98.0.0/16", ourID), Route{PrefixListID: "pl-1", Target: ourID})
	s.Spec.Tags = map[string]v1alpha1.TagValue{"team": "a", "a": "1", "z": "2"}
	return s
}

func everythingSaid(s *scene) map[string]any {
	teardown := PlanTeardown(s.Request, s.Snapshot)
	said := map[string]any{
		"path": CheckPath(s.Request, s.Snapshot).Findings, "teardown": teardown.Left(), "foreign": teardown.Foreign, "unproven": teardown.Unproven,
		"kept": teardown.Kept, "keys": TagKeys(s.Request, s.TagKeys), "left": LeftUnread(s.Request, s.Snapshot),
	}
	for _, role := range Roles() {
		plan := PlanRules(s.Request, s.Snapshot, role)
		said[string(role)] = []any{
			lines(plan.Actions), lines(plan.Tagging), plan.Stripped, plan.Kept, plan.Inventory,
			PlanRoutes(s.Request, s.Snapshot, role, PlanConnection(s.Request, s.Snapshot)).Unread,
		}
		var groups []string
		for _, group := range SelectGroups(s.Request, s.Snapshot, role).Items {
			groups = append(groups, group.ID)
		}
		said[string(role)+" groups"] = groups
	}
	return said
}

func TestGroupsAreListedByTheirIDsWhicheverCoversMost(t *testing.T) {
	s := newScene()
	s.side(Requester).Groups = []SecurityGroup{{ID: "sg-b"}, {ID: "sg-a"}}
	s.Networks.Requester[0].InterfaceGroups = []v1alpha1.InterfaceGroups{{SecurityGroupIDs: []string{"sg-b"}}, {SecurityGroupIDs: []string{"sg-b"}}, {SecurityGroupIDs: []string{"sg-a"}}}
	if got := SelectGroups(s.Request, s.Snapshot, Requester).Items; len(got) != 2 || got[0].ID != "sg-a" {
		t.Errorf("selected %+v", got)
	}
}
