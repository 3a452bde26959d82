package peering

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// approve asks whether the plan of the hash may be carried out on the scene.
func (s *scene) approve(hash string, record *v1alpha1.PlanApproval, shown *v1alpha1.Plan) Consent {
	spec := s.Spec
	spec.Mode, spec.ApprovedPlan = v1alpha1.ModePlan, hash
	return Agree(Approval{Spec: spec, Record: record, Shown: shown, Plan: MakePlan(s.Request, s.Snapshot)})
}

// finished is the scene with all of its plan in place.
func finished() *scene {
	s := connected()
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.routes("rtb-us", route("10.11.0.0/16", ourID))
	s.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-2", "10.11.0.0/16", func(r *SecurityGroupRule) { r.GroupID = usGroup })}
	return s
}

// TestTheItemsOfAPlanAreWrittenLikeThis: another wording makes every approved plan outdated.
func TestTheItemsOfAPlanAreWrittenLikeThis(t *testing.T) {
	s := newScene()
	s.Spec.Accepter.DNSResolution = v1alpha1.DNSEnabled
	s.Coverage.Requester = []Coverage{{Cluster: "eu"}}
	plan := MakePlan(s.Request, s.Snapshot)
	expectLines(t, "items", []string{
		`accept own 222222222222/us-east-1/vpc-us`,
		`admit accepter sg-us 10.11.0.0/16 -1 -1 -1 tags=["networking.crossvpc.io/owner=inst/network/eu-us" "networking.crossvpc.io/peer-vpc=vpc-eu"]`,
		`admit requester sg-eu 10.12.0.0/16 -1 -1 -1 tags=["networking.crossvpc.io/owner=inst/network/eu-us" "networking.crossvpc.io/peer-vpc=vpc-us"]`,
		`cover eu ["10.12.0.0/16"]`,
		`dns accepter true own`,
		`request 111111111111/eu-west-1/vpc-eu to 222222222222/us-east-1/vpc-us tags=["networking.crossvpc.io/owner=inst/network/eu-us"]`,
		`route accepter rtb-us 10.11.0.0/16 to own`,
		`route requester rtb-eu 10.12.0.0/16 to own`,
		`tag accepter own tags=["networking.crossvpc.io/owner=inst/network/eu-us"]`,
		`tag requester own tags=["networking.crossvpc.io/owner=inst/network/eu-us"]`,
	}, plan.items())
	if hash := plan.Hash(); hash != "p"+digest(plan.items())[:15] {
		t.Errorf("hash is %q", hash)
	}
}

// TestTheHashIsOverWhatIsWrittenAndNothingElse changes one thing at a time.
func TestTheHashIsOverWhatIsWrittenAndNothingElse(t *testing.T) {
	want := MakePlan(newScene().Request, newScene().Snapshot).Hash()
	for name, test := range map[string]struct {
		change func(*scene)
		same   bool
	}{
		"a route elsewhere that is diverted": {func(s *scene) { s.routes("rtb-us", route("10.0.0.0/8", "tgw-1")) }, true},
		"a rule of somebody else": {func(s *scene) {
			s.side(Accepter).Rules = []SecurityGroupRule{rule("sgr-9", "10.99.0.0/16", func(r *SecurityGroupRule) { r.Tags = nil })}
		}, true},
		"a route of somebody else":               {func(s *scene) { s.routes("rtb-us", route("10.99.0.0/16", "tgw-1")) }, true},
		"another table":                          {func(s *scene) { s.side(Accepter).RouteTables[0].ID = "rtb-zzz" }, false},
		"a further block of the peer":            {func(s *scene) { s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16") }, false},
		"the route is there already":             {func(s *scene) { s.routes("rtb-us", route("10.11.0.0/16", "tgw-1")) }, false},
		"a tag":                                  {func(s *scene) { s.Tags = map[string]string{v1alpha1.TagOwner: owner, "team": "network"} }, false},
		"another account":                        {func(s *scene) { s.Sides.Accepter.Account = "333333333333" }, false},
		"the DNS option":                         {func(s *scene) { s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled }, false},
		"a cluster that does not cover the peer": {func(s *scene) { s.Coverage.Requester = []Coverage{{Cluster: "eu"}} }, false},
		"a cluster that covers the peer": {func(s *scene) {
			s.Coverage.Requester = []Coverage{{Cluster: "eu", Blocks: []string{"10.12.0.0/16"}}}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			test.change(s)
			if got := MakePlan(s.Request, s.Snapshot).Hash(); (got == want) != test.same {
				t.Errorf("hash %s, before %s; want the same: %t", got, want, test.same)
			}
		})
	}
}

func TestAnApprovedPlanIsRecordedAndNothingElseIsAllowed(t *testing.T) {
	s := newScene()
	plan := MakePlan(s.Request, s.Snapshot)
	consent := s.approve(plan.Hash(), nil, nil)
	if consent.Held != nil || !consent.Limited() {
		t.Fatalf("held: %v", consent.Held)
	}
	if diff := cmp.Diff(plan.Status().Actions, consent.Record.Actions); diff != "" || len(consent.Record.Items) != len(plan.items()) {
		t.Errorf("recorded %d items, want %d; actions (-want +got):\n%s", len(consent.Record.Items), len(plan.items()), diff)
	}
	for _, action := range plan.Actions() {
		if !consent.Allows(action, plan.Connection) {
			t.Errorf("not allowed: %s", action)
		}
	}
	for _, action := range []Action{
		CreateRoute{On: Requester, RouteTableID: "rtb-other", Destination: prefix("10.12.0.0/16")},
		DeleteRoute{On: Requester, RouteTableID: "rtb-eu", Destination: prefix("10.12.0.0/16")},
		CreateRoute{On: Requester, RouteTableID: "rtb-eu", Destination: prefix("10.12.0.0/16"), ConnectionID: foreignID},
	} {
		if consent.Allows(action, plan.Connection) {
			t.Errorf("allowed: %s", action)
		}
	}
}

// TestWhatIsLeftOfAnApprovedPlanIsApproved: the connection has its id by now, and half of the rules are there.
func TestWhatIsLeftOfAnApprovedPlanIsApproved(t *testing.T) {
	approved := newScene().approve(MakePlan(newScene().Request, newScene().Snapshot).Hash(), nil, nil).Record
	halfway := connected()
	halfway.side(Requester).Rules = []SecurityGroupRule{rule("sgr-1", "10.12.0.0/16")}
	for name, s := range map[string]*scene{"nothing": newScene(), "half": halfway, "all": finished()} {
		consent := s.approve(approved.Hash, approved, nil)
		if consent.Held != nil {
			t.Errorf("%s done: %s", name, consent.Held.Message)
			continue
		}
		plan := MakePlan(s.Request, s.Snapshot)
		for _, action := range plan.Actions() {
			if !consent.Allows(action, plan.Connection) {
				t.Errorf("%s done: not allowed: %s", name, action)
			}
		}
	}
}

func TestAnApprovalIsRefusedWhereTheWorldHasMoved(t *testing.T) {
	before := MakePlan(newScene().Request, newScene().Snapshot).Status()
	accepted := newScene().approve(before.Hash, nil, nil).Record
	moved := newScene()
	moved.side(Requester).RouteTables[0].ID = "rtb-new"
	now := MakePlan(moved.Request, moved.Snapshot).Hash()
	foreign := newScene()
	foreign.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
	foreign.see(between(foreignID, StateActive, eu, us), Requester, Accepter)
	adopting := byTerraform()
	whole := MakePlan(adopting.Request, adopting.Snapshot)
	named := adopting.approve(whole.Hash(), nil, nil).Record
	named.Hash = "pold"
	named.Items = slices.DeleteFunc(named.Items, func(item string) bool {
		return item == digests([]string{"adopt requester rtb-eu 10.12.0.0/16"})[0]
	})
	for name, test := range map[string]struct {
		scene  *scene
		record *v1alpha1.PlanApproval
		shown  *v1alpha1.Plan
		hash   string
		reason string
		says   []string
	}{
		"before it began": {moved, nil, before, before.Hash, v1alpha1.ReasonPlanOutdated, []string{
			before.Hash, now, "Only the new plan has: Route 10.12.0.0/16 in rtb-new", "Only the approved plan has: Route 10.12.0.0/16 in rtb-eu", "set spec.approvedPlan to " + now}},
		"it still says so in the next reconciliation": {moved, &v1alpha1.PlanApproval{Hash: before.Hash, Actions: before.Actions}, nil, before.Hash, v1alpha1.ReasonPlanOutdated, []string{"rtb-eu"}},
		"halfway": {moved, accepted, nil, before.Hash, v1alpha1.ReasonPlanOutdated, []string{before.Hash, now, "there is now: Route 10.12.0.0/16 in rtb-new"}},
		"a route is to be adopted halfway": {adopting, named, nil, "pold", v1alpha1.ReasonPlanOutdated, []string{
			"there is now: Adopt the route to 10.12.0.0/16 in rtb-eu (requester)"}},
		"a typo": {moved, nil, nil, "p1", v1alpha1.ReasonPlanOutdated, []string{"p1", now, "not seen here"}},
		"somebody else made a connection halfway": {foreign, accepted, nil, before.Hash, v1alpha1.ReasonPlanOutdated, []string{"to pcx-foreign"}},
	} {
		t.Run(name, func(t *testing.T) {
			consent := test.scene.approve(test.hash, test.record, test.shown)
			if consent.Held == nil || consent.Held.Progress != verdict.Held || consent.Held.Reason != test.reason || !v1alpha1.AtRest(consent.Held.Reason) {
				t.Fatalf("held: %+v", consent.Held)
			}
			for _, part := range test.says {
				if !strings.Contains(consent.Held.Message, part) {
					t.Errorf("%q lacks %q", consent.Held.Message, part)
				}
			}
			plan := MakePlan(test.scene.Request, test.scene.Snapshot)
			for _, action := range plan.Actions() {
				if consent.Allows(action, plan.Connection) {
					t.Errorf("allowed: %s", action)
				}
			}
		})
	}
}

func TestAfterItWasCarriedOutRepairsAreFreeAndAChangedSpecIsNot(t *testing.T) {
	s := finished()
	s.Spec.ApprovedPlan = "pdone"
	record := CarriedOut(s.Spec)
	s.routes("rtb-eu", route("10.99.0.0/16", "tgw-1"))
	if consent := s.approve("pdone", record, nil); consent.Held != nil || consent.Limited() {
		t.Errorf("a repair is held: %+v", consent.Held)
	}
	for name, change := range map[string]func(*v1alpha1.VPCPeeringSpec){
		"paused":       func(spec *v1alpha1.VPCPeeringSpec) { spec.Paused = true },
		"verification": func(spec *v1alpha1.VPCPeeringSpec) { spec.Verification = &v1alpha1.Verification{Enabled: true} },
		"deletion":     func(spec *v1alpha1.VPCPeeringSpec) { spec.DeletionPolicy = v1alpha1.DeletionOrphan },
	} {
		t.Run(name, func(t *testing.T) {
			changed := *s
			change(&changed.Spec)
			if consent := changed.approve("pdone", record, nil); consent.Held != nil {
				t.Errorf("held: %s", consent.Held.Message)
			}
		})
	}
	s.Spec.Requester.DNSResolution = v1alpha1.DNSEnabled
	consent := s.approve("pdone", record, nil)
	if consent.Held == nil || consent.Held.Reason != v1alpha1.ReasonAwaitingApproval || !strings.Contains(consent.Held.Message, MakePlan(s.Request, s.Snapshot).Hash()) {
		t.Errorf("held: %+v", consent.Held)
	}
	if consent := s.approve(MakePlan(s.Request, s.Snapshot).Hash(), record, nil); consent.Held != nil || !consent.Limited() {
		t.Errorf("the new plan is approved and held: %+v", consent.Held)
	}
}

// TestAChangeOfTheSpecThatAsksForNothingNeedsNoApproval: nor does it free anything but what it asks for.
func TestAChangeOfTheSpecThatAsksForNothingNeedsNoApproval(t *testing.T) {
	s := finished()
	record := CarriedOut(s.Spec)
	s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
	record.Hash = "pdone"
	consent := s.approve("pdone", record, nil)
	plan := MakePlan(newScene().Request, newScene().Snapshot)
	if consent.Held != nil || consent.Allows(plan.Actions()[0], plan.Connection) {
		t.Errorf("held: %+v; or a connection may be requested", consent.Held)
	}
}

// TestHalfAPlanIsComparedWhenItIsWhole: its hash is none to advise. What is left of an approved plan is carried out.
func TestHalfAPlanIsComparedWhenItIsWhole(t *testing.T) {
	s := newScene()
	half := MakePlan(s.Request, s.Snapshot)
	spec := s.Spec
	spec.ApprovedPlan = "pwhole"
	consent := Agree(Approval{Spec: spec, Plan: half, Unread: true})
	if consent.Held == nil || consent.Held.Progress != verdict.Wait || consent.Held.Reason != v1alpha1.ReasonSideUnread || strings.Contains(consent.Held.Message, half.Hash()) {
		t.Errorf("held: %+v", consent.Held)
	}
	for _, action := range half.Actions() {
		if consent.Allows(action, half.Connection) {
			t.Errorf("allowed: %s", action)
		}
	}
	record := s.approve(half.Hash(), nil, nil).Record
	record.Hash = spec.ApprovedPlan
	if consent := Agree(Approval{Spec: spec, Record: record, Plan: half, Unread: true}); consent.Held != nil || !consent.Limited() {
		t.Errorf("what is left is held: %+v", consent.Held)
	}
}
