package peering

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

func TestPlanListsEveryActionInTheOrderOfApply(t *testing.T) {
	s := newScene()
	s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled
	s.routes("rtb-us", route("10.0.0.0/8", "tgw-1"))
	plan := MakePlan(s.Request, s.Snapshot)
	expectLines(t, "plan", []string{
		"Request a peering connection from requester vpc-eu (eu-west-1, account 111111111111) to accepter vpc-us (us-east-1, account 222222222222).",
		"Accept the connection as accepter vpc-us (us-east-1, account 222222222222).",
		"Tag the accepter's view of the connection.",
		"Let sg-eu (requester) admit all traffic from 10.12.0.0/16.",
		"Let sg-us (accepter) admit all traffic from 10.11.0.0/16.",
		"Route 10.12.0.0/16 in rtb-eu (requester) to the connection.",
		"Route 10.11.0.0/16 in rtb-us (accepter) to the connection.",
		"Let the requester resolve public host names of the accepter's VPC to private addresses over the connection.",
		"Note: Traffic to 10.11.0.0/16 in route table rtb-us (accepter) moves from tgw-1 (10.0.0.0/8) to the peering.",
	}, plan.Status().Actions)
}

func TestPlanNamesWhatBlocksItFirst(t *testing.T) {
	s := newScene()
	s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.11.1.0/24")
	s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
	s.routes("rtb-eu", route("10.12.0.0/16", "tgw-1"))
	lines := MakePlan(s.Request, s.Snapshot).Status().Actions
	var blocked []string
	for _, line := range lines {
		if reason, ok := strings.CutPrefix(line, "Blocked: "); ok {
			blocked = append(blocked, reason)
		}
	}
	if len(blocked) != 3 || !strings.HasPrefix(lines[0], "Blocked: The VPCs overlap: 10.11.0.0/16 (primary block of vpc-eu) and") {
		t.Errorf("plan is\n%s", strings.Join(lines, "\n"))
	}
}

func TestAPlanOfAFinishedPeeringIsEmpty(t *testing.T) {
	s := connected()
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.routes("rtb-us", route("10.11.0.0/16", ourID))
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-2", "10.11.0.0/16", func(r *SecurityGroupRule) { r.GroupID = usGroup })}
	expectLines(t, "plan", nil, MakePlan(s.Request, s.Snapshot).Status().Actions)
}

func TestTheSameObservationMakesTheSamePlanInAnyOrder(t *testing.T) {
	s := newScene()
	s.see(ours(StatePending), Requester, Accepter)
	s.see(between(foreignID, StatePending, us, eu), Requester, Accepter)
	s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16", "100.64.0.0/16", "2001:db8::/56")
	s.Spec.Accepter.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll}
	s.Spec.Accepter.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected, SecurityGroupTags: map[string]v1alpha1.TagValue{"role": "node"}}
	for i := range 5 {
		s.side(Accepter).RouteTables = append(s.side(Accepter).RouteTables, table(fmt.Sprintf("rtb-%d", i), "vpc-us"))
		s.side(Accepter).Groups = append(s.side(Accepter).Groups, SecurityGroup{ID: fmt.Sprintf("sg-%d", i), Tags: map[string]string{"role": "node"}})
		s.side(Accepter).Rules = append(s.side(Accepter).Rules, rule(fmt.Sprintf("sgr-%d", i), fmt.Sprintf("10.9%d.0.0/16", i)))
	}
	s.routes("rtb-us", route("10.0.0.0/8", "tgw-1"), route("10.11.4.0/24", "tgw-2"))
	want := MakePlan(s.Request, s.Snapshot).Status()
	wantInventory := PlanRules(s.Request, s.Snapshot, Accepter).Inventory
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		for _, role := range Roles() {
			side := s.side(role)
			shuffle(random, side.Connections)
			shuffle(random, side.RouteTables)
			shuffle(random, side.Groups)
			shuffle(random, side.Rules)
			shuffle(random, side.VPC.Blocks)
			for _, table := range side.RouteTables {
				shuffle(random, table.Routes)
			}
		}
		if diff := cmp.Diff(want, MakePlan(s.Request, s.Snapshot).Status()); diff != "" {
			t.Fatalf("plan (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantInventory, PlanRules(s.Request, s.Snapshot, Accepter).Inventory); diff != "" {
			t.Fatalf("inventory of rules (-want +got):\n%s", diff)
		}
	}
}

func shuffle[T any](random *rand.Rand, list []T) {
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func TestALongPlanIsCutAndItsHashIsNot(t *testing.T) {
	s := connected()
	s.side(Requester).RouteTables = nil
	s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
	for i := range 250 {
		s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table(fmt.Sprintf("rtb-%03d", i), "vpc-eu"))
	}
	long := MakePlan(s.Request, s.Snapshot).Status()
	if last := long.Actions[len(long.Actions)-1]; len(long.Actions) != 201 || last != "and 53 more" {
		t.Errorf("%d lines are listed, the last is %q", len(long.Actions), last)
	}
	s.side(Requester).RouteTables[249].ID = "rtb-zzz"
	other := MakePlan(s.Request, s.Snapshot).Status()
	if diff := cmp.Diff(long.Actions, other.Actions); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if other.Hash == long.Hash {
		t.Error("another plan has the same hash")
	}
	if len(long.Hash) != 16 {
		t.Errorf("hash is %q", long.Hash)
	}
}

func TestAnOverlongLineIsCutBetweenRunes(t *testing.T) {
	lines := []string{strings.Repeat("ü", 400), "short"}
	cut := bound(lines)
	if len(cut[0]) > 512 || !strings.HasSuffix(cut[0], "ü…") {
		t.Errorf("%d bytes, ends %q", len(cut[0]), cut[0][len(cut[0])-6:])
	}
	if cut[1] != "short" {
		t.Errorf("got %q", cut[1])
	}
	if len(lines[0]) != 800 {
		t.Error("the plan itself was cut, too")
	}
}

func TestAPlanAsksAClusterForTheBlocksThatItsVPCCanReach(t *testing.T) {
	const four, six, asks = "10.12.0.0/16", "2001:db8::/56", "Let pods of PeeredCluster eu reach "
	for name, test := range map[string]struct {
		own     []string
		covered []string
		want    []string
	}{
		"in a VPC without IPv6 only IPv4":                {[]string{"10.11.0.0/16"}, nil, []string{asks + four + " with their own address."}},
		"and nothing, where that is what it covers":      {[]string{"10.11.0.0/16"}, []string{four}, nil},
		"in one with IPv6 both":                          {[]string{"10.11.0.0/16", "2001:db8:1::/56"}, []string{four}, []string{asks + four + ", " + six + " with their own address."}},
		"and nothing, where it covers both in any order": {[]string{"10.11.0.0/16", "2001:db8:1::/56"}, []string{six, four}, nil},
	} {
		s := newScene()
		s.side(Requester).VPC, s.side(Accepter).VPC = vpc("vpc-eu", test.own...), vpc("vpc-us", four, six)
		s.Coverage.Requester = []Coverage{{Cluster: "eu", Blocks: test.covered}}
		asked := slices.DeleteFunc(MakePlan(s.Request, s.Snapshot).Status().Actions, func(line string) bool { return !strings.HasPrefix(line, asks) })
		expectLines(t, name, test.want, asked)
	}
}
