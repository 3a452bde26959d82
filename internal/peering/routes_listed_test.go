package peering

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// byList is a route by a prefix list with these entries.
func byList(target string, entries ...string) Route {
	r := Route{PrefixListID: "pl-1", Target: target, State: "active", Origin: "CreateRoute"}
	for _, entry := range entries {
		r.Entries = append(r.Entries, prefix(entry))
	}
	return r
}

func deadByList(target string, entries ...string) Route {
	r := byList(target, entries...)
	r.State = "blackhole"
	return r
}

// A route to the block itself would be made beside one by prefix list, and EC2
// would prefer it (VPC user guide, "Route priority").
func TestRoutesByPrefixListCountAsWhatTheyStandFor(t *testing.T) {
	const (
		create = "route 10.12.0.0/16 in rtb-eu (requester) to pcx-ours"
		key    = "rtb-eu 10.12.0.0/16"
	)
	type want struct{ actions, inPlace, settling, conflicts, diverted, shadowing []string }
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    want
	}{
		"A4 a live one to the same block is a conflict": {
			func(s *scene) { s.routes("rtb-eu", byList("tgw-1", "10.99.0.0/16", "10.12.0.0/16")) }, want{conflicts: []string{key + " tgw-1"}},
		},
		"whatever the policy": {
			func(s *scene) {
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
				s.routes("rtb-eu", byList("tgw-1", "10.12.0.0/16"))
			}, want{conflicts: []string{key + " tgw-1"}},
		},
		"one to our connection is in place, by others": {
			func(s *scene) { s.routes("rtb-eu", byList(ourID, "10.12.0.0/16")) }, want{inPlace: []string{key}},
		},
		"a dead one to our connection is waited for": {
			func(s *scene) { s.routes("rtb-eu", deadByList(ourID, "10.12.0.0/16")) }, want{settling: []string{key}},
		},
		"A5 a dead one is a conflict by default": {
			func(s *scene) { s.routes("rtb-eu", deadByList("nat-1", "10.12.0.0/16")) }, want{conflicts: []string{key + " nat-1"}},
		},
		"A5 it is left alone and a route made beside it where the policy gives dead routes up": {
			func(s *scene) {
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
				s.routes("rtb-eu", deadByList("nat-1", "10.12.0.0/16"))
			}, want{actions: []string{create}},
		},
		"a route of our own beside it is in place": {
			func(s *scene) { s.routes("rtb-eu", byList("tgw-1", "10.12.0.0/16"), route("10.12.0.0/16", ourID)) }, want{inPlace: []string{key}},
		},
		"A6 a less specific one loses traffic": {
			func(s *scene) { s.routes("rtb-eu", byList("tgw-1", "10.0.0.0/8", "172.16.0.0/12")) },
			want{actions: []string{create}, diverted: []string{key + " tgw-1"}},
		},
		"a more specific one keeps a slice": {
			func(s *scene) {
				s.routes("rtb-eu", byList("tgw-1", "10.12.7.0/24"), byList(ourID, "10.12.8.0/24"), route("10.12.0.0/16", ourID))
			}, want{inPlace: []string{key}, shadowing: []string{key + " tgw-1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.prepare(s)
			plan := PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID})
			expectLines(t, "actions", test.want.actions, lines(plan.Actions))
			expectLines(t, "in place", test.want.inPlace, keys(plan.InPlace))
			expectLines(t, "settling", test.want.settling, keys(plan.Settling))
			expectLines(t, "conflicts", test.want.conflicts, conflictKeys(plan.Conflicts))
			expectLines(t, "diverted", test.want.diverted, conflictKeys(plan.Diverted))
			expectLines(t, "shadowing", test.want.shadowing, conflictKeys(plan.Shadowing))
		})
	}
}

func TestAConflictByPrefixListNamesTheList(t *testing.T) {
	s := connected()
	s.routes("rtb-eu", byList("tgw-1", "10.12.0.0/16"))
	plans := Pair[RoutesPlan]{Requester: PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID})}
	expectVerdict(t, RoutesVerdict(plans), verdict.Stalled, "RouteConflict", "Route table rtb-eu (requester) already routes 10.12.0.0/16 to tgw-1 (active, by prefix list pl-1).", "Remove that route")
}

func TestAPrefixListThatWasNotReadIsSaidAndBlocksNothing(t *testing.T) {
	s := connected()
	unread := byList("tgw-1")
	unread.Unread = "ec2:GetManagedPrefixListEntries: no"
	s.routes("rtb-eu", unread)
	if actions := PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID}).Actions; len(actions) != 1 {
		t.Errorf("actions are %v, want one", lines(actions))
	}
	const said = "The entries of prefix list pl-1, which leads to tgw-1 in rtb-eu, could not be read: ec2:GetManagedPrefixListEntries: no."
	if planned := strings.Join(MakePlan(s.Request, s.Snapshot).Status().Actions, "\n"); !strings.Contains(planned, "Note: "+said) {
		t.Errorf("the plan does not say it:\n%s", planned)
	}
	s.routes("rtb-eu", route("10.12.0.0/16", ourID))
	s.routes("rtb-us", route("10.11.0.0/16", ourID))
	plans := Pair[RoutesPlan]{}
	for _, role := range Roles() {
		*plans.At(role) = PlanRoutes(s.Request, s.Snapshot, role, ConnectionPlan{ID: ourID})
	}
	expectVerdict(t, RoutesVerdict(plans), verdict.Done, "InPlace", "Note: "+said)
}
