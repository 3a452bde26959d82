package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// The rows of the decision on a route that is there already come from how EC2
// ranks routes (VPC user guide, "Route priority").
func TestPlanRoutes(t *testing.T) {
	const (
		create  = "route 10.12.0.0/16 in rtb-eu (requester) to pcx-ours"
		remove  = "remove the route to 10.12.0.0/16 from rtb-eu (requester)"
		key     = "rtb-eu 10.12.0.0/16"
		created = key + " Created"
		pending = key + " Pending"
	)
	type want struct {
		actions, inPlace, settling, conflicts, missing, diverted, shadowing, inventory []string
	}
	exclude := func(s *scene, blocks ...string) { s.Spec.Requester.Routes.ExcludeCIDRs = blocks }
	for name, test := range map[string]struct {
		prepare func(*scene)
		want    want
	}{
		"makes a route where there is none, and writes it down first": {
			func(*scene) {}, want{actions: []string{create}, inventory: []string{pending}},
		},
		"A6 makes a route for every associated block, IPv6 too": {
			func(s *scene) {
				s.side(Requester).VPC = vpc("vpc-eu", "10.11.0.0/16", "2001:db8:1::/56")
				s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "2001:db8::/56", "100.64.0.0/16", "associating 10.13.0.0/16", "disassociating 10.14.0.0/16", "failed 10.15.0.0/16")
			},
			want{
				actions:   []string{create, "route 100.64.0.0/16 in rtb-eu (requester) to pcx-ours", "route 2001:db8::/56 in rtb-eu (requester) to pcx-ours"},
				inventory: []string{pending, "rtb-eu 100.64.0.0/16 Pending", "rtb-eu 2001:db8::/56 Pending"},
			},
		},
		"A6 never touches a gateway's table": {
			func(s *scene) { s.side(Requester).RouteTables[0].Edge = true }, want{},
		},
		"leaves out what the spec excludes, also inside a wider block": {
			func(s *scene) {
				s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "100.64.1.0/24")
				exclude(s, "100.64.0.0/10")
			},
			want{actions: []string{create}, inventory: []string{pending}},
		},
		"does not leave out a block that only contains an excluded one": {
			func(s *scene) { exclude(s, "10.12.1.0/24") }, want{actions: []string{create}, inventory: []string{pending}},
		},
		"is content with its own route": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", ourID)); s.made("Created", key) },
			want{inPlace: []string{key}, inventory: []string{created}},
		},
		"A9 finds the route it was about to make when it was killed": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", ourID)); s.made("Pending", key) },
			want{inPlace: []string{key}, inventory: []string{created}},
		},
		"A9 makes the route it had written down and not made": {
			func(s *scene) { s.made("Pending", key) }, want{actions: []string{create}, inventory: []string{pending}},
		},
		"recreates a route of its own that somebody removed": {
			func(s *scene) { s.made("Created", key) }, want{actions: []string{create}, inventory: []string{pending}},
		},
		"A4 is content with an identical route of somebody else, and does not record it": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", ourID)) }, want{inPlace: []string{key}},
		},
		"takes routes to its own connection for its own when there is no record at all": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", ourID)); s.Inventory = nil },
			want{inPlace: []string{key}, inventory: []string{created}},
		},
		"does not say that a blackhole is in place": {
			func(s *scene) { s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID)); s.made("Created", key) },
			want{settling: []string{key}, inventory: []string{created}},
		},
		"A4 never overwrites another target": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", "tgw-1")) }, want{conflicts: []string{key + " tgw-1"}},
		},
		"A5 never overwrites a live route that replaced its own, and forgets its own": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", "eni-1")); s.made("Created", key) },
			want{conflicts: []string{key + " eni-1"}},
		},
		"A4 never takes over propagated routes, though EC2 would let it": {
			func(s *scene) { s.routes("rtb-eu", propagated("10.12.0.0/16", "vgw-1")) }, want{conflicts: []string{key + " vgw-1"}},
		},
		"a dead propagated route is none to replace either": {
			func(s *scene) {
				dead := propagated("10.12.0.0/16", "vgw-1")
				dead.State = "blackhole"
				s.routes("rtb-eu", dead)
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
			}, want{conflicts: []string{key + " vgw-1"}},
		},
		"its own static route wins over a propagated one beside it": {
			func(s *scene) {
				s.routes("rtb-eu", propagated("10.12.0.0/16", "vgw-1"), route("10.12.0.0/16", ourID))
				s.made("Created", key)
			}, want{inPlace: []string{key}, inventory: []string{created}},
		},
		"a route to a prefix list is another destination": {
			func(s *scene) {
				s.routes("rtb-eu", Route{PrefixListID: "pl-1", Target: "tgw-1", State: "active", Origin: "CreateRoute"})
			}, want{actions: []string{create}, inventory: []string{pending}},
		},
		"A5 replaces the blackhole it left to an older connection": {
			func(s *scene) { s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-old")); s.made("Created", key) },
			want{actions: []string{create + " instead of pcx-old"}, inventory: []string{created}},
		},
		"A5 replaces it also while EC2 still shows the older connection": {
			func(s *scene) {
				old := ours(StateDeleted)
				old.ID = "pcx-old"
				s.see(old, Requester)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-old"))
				s.made("Created", key)
			}, want{actions: []string{create + " instead of pcx-old"}, inventory: []string{created}},
		},
		"A9 replaces what was made and not confirmed before the connection was deleted": {
			func(s *scene) {
				old := ours(StateDeleted)
				old.ID = "pcx-old"
				s.see(old, Requester)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-old"))
				s.made("Pending", key)
			}, want{actions: []string{create + " instead of pcx-old"}, inventory: []string{created}},
		},
		"A4 leaves a blackhole where it was about to make a route": {
			func(s *scene) { s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x")); s.made("Pending", key) },
			want{conflicts: []string{key + " pcx-x"}},
		},
		"A4 does not withdraw a blackhole from where it was about to make a route": {
			func(s *scene) {
				exclude(s, "10.0.0.0/8")
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x"))
				s.made("Pending", key)
			}, want{},
		},
		"A4 leaves a recorded route that somebody pointed at a connection between other VPCs": {
			func(s *scene) {
				s.see(between("pcx-x", StateDeleted, eu, Side{VPC: "vpc-x"}), Requester)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x"))
				s.made("Created", key)
			}, want{conflicts: []string{key + " pcx-x"}},
		},
		"A4 leaves a recorded route that somebody pointed at an interface that died": {
			func(s *scene) { s.routes("rtb-eu", blackhole("10.12.0.0/16", "eni-1")); s.made("Created", key) },
			want{conflicts: []string{key + " eni-1"}},
		},
		"A5 leaves a foreign blackhole alone by default": {
			func(s *scene) { s.routes("rtb-eu", blackhole("10.12.0.0/16", "nat-1")) }, want{conflicts: []string{key + " nat-1"}},
		},
		"A5 replaces a foreign blackhole where the policy says so": {
			func(s *scene) {
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "nat-1"))
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
			}, want{actions: []string{create + " instead of nat-1"}, inventory: []string{pending}},
		},
		"A5 does not replace a live foreign route whatever the policy": {
			func(s *scene) {
				s.routes("rtb-eu", route("10.12.0.0/16", "nat-1"))
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
			}, want{conflicts: []string{key + " nat-1"}},
		},
		"A5 does not replace the route of a connection that is only not active yet": {
			func(s *scene) {
				s.see(between("pcx-x", StatePending, eu, Side{VPC: "vpc-x"}), Requester)
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-x"))
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
			}, want{conflicts: []string{key + " pcx-x"}},
		},
		"A6 says which live route loses the traffic": {
			func(s *scene) {
				s.routes("rtb-eu", route("0.0.0.0/0", "igw-1"), route("10.0.0.0/8", "tgw-1"), route("10.8.0.0/13", "tgw-2"), blackhole("10.12.0.0/15", "tgw-3"))
			},
			want{actions: []string{create}, inventory: []string{pending}, diverted: []string{key + " tgw-2"}},
		},
		"a default route loses traffic to everything and is not mentioned": {
			func(s *scene) { s.routes("rtb-eu", route("0.0.0.0/0", "igw-1")) }, want{actions: []string{create}, inventory: []string{pending}},
		},
		"says which more specific route keeps a slice": {
			func(s *scene) {
				s.routes("rtb-eu", route("10.12.0.0/16", ourID), route("10.12.5.0/24", "tgw-1"), route("10.12.6.0/24", ourID), route("10.12.1.0/24", "eni-1"))
				s.made("Created", key)
			}, want{inPlace: []string{key}, inventory: []string{created}, shadowing: []string{key + " eni-1", key + " tgw-1"}},
		},
		"withdraws the route to a block that is gone": {
			func(s *scene) {
				s.side(Accepter).VPC = vpc("vpc-us", "10.99.0.0/16", "disassociated 10.12.0.0/16")
				s.routes("rtb-eu", route("10.12.0.0/16", ourID), route("10.99.0.0/16", ourID))
				s.made("Created", key, "rtb-eu 10.99.0.0/16")
			}, want{actions: []string{remove}, inPlace: []string{"rtb-eu 10.99.0.0/16"}, inventory: []string{created, "rtb-eu 10.99.0.0/16 Created"}},
		},
		"withdraws every route when every block is excluded": {
			func(s *scene) {
				exclude(s, "10.0.0.0/8")
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key)
			}, want{actions: []string{remove}, inventory: []string{created}},
		},
		"withdraws from a table that is no longer selected": {
			func(s *scene) {
				s.Networks.Requester = []*v1alpha1.ClusterNetwork{network("subnet-2", euGroup)}
				s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table("rtb-2", "vpc-eu", "subnet-2"))
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.routes("rtb-2", route("10.12.0.0/16", ourID))
				s.made("Created", key, "rtb-2 10.12.0.0/16")
			}, want{actions: []string{remove}, inPlace: []string{"rtb-2 10.12.0.0/16"}, inventory: []string{"rtb-2 10.12.0.0/16 Created", created}},
		},
		"A4 withdraws nothing that it did not write down": {
			func(s *scene) { exclude(s, "10.0.0.0/8"); s.routes("rtb-eu", route("10.12.0.0/16", ourID)) }, want{},
		},
		"A4 does not withdraw what somebody pointed elsewhere": {
			func(s *scene) {
				exclude(s, "10.0.0.0/8")
				s.routes("rtb-eu", route("10.12.0.0/16", "tgw-1"))
				s.made("Created", key)
			}, want{},
		},
		"withdraws a blackhole that it left to an older connection": {
			func(s *scene) {
				exclude(s, "10.0.0.0/8")
				s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-old"))
				s.made("Created", key)
			}, want{actions: []string{remove}, inventory: []string{created}},
		},
		"A9 keeps on record what nobody wants any more and EC2 does not show yet, and not for good": {
			func(s *scene) {
				s.RoutesLately = true
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key, "rtb-eu 10.98.0.0/16")
				s.made("Pending", "rtb-eu 10.99.0.0/16")
			}, want{inPlace: []string{key}, inventory: []string{created, "rtb-eu 10.99.0.0/16 Pending"}},
		},
		"A9 forgets it when EC2 would have shown it": {
			func(s *scene) {
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key)
				s.made("Pending", "rtb-eu 10.99.0.0/16")
			}, want{inPlace: []string{key}, inventory: []string{created}},
		},
		"A11 withdraws nothing while the peer's blocks are not known": {
			func(s *scene) {
				s.side(Accepter).VPC = nil
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key)
			}, want{inventory: []string{created}},
		},
		"A11 withdraws nothing while a cluster has not reported": {
			func(s *scene) {
				s.Networks.Requester = []*v1alpha1.ClusterNetwork{nil}
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key)
			}, want{inventory: []string{created}},
		},
		"None changes nothing and says what is missing": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				s.Spec.ConflictPolicy = v1alpha1.ConflictReplaceBlackhole
				s.side(Accepter).VPC = vpc("vpc-us", "10.12.0.0/16", "10.13.0.0/16", "10.14.0.0/16")
				s.routes("rtb-eu", route("10.13.0.0/16", ourID), blackhole("10.14.0.0/16", "nat-1"))
			}, want{missing: []string{key}, inPlace: []string{"rtb-eu 10.13.0.0/16"}, conflicts: []string{"rtb-eu 10.14.0.0/16 nat-1"}},
		},
		"None keeps the record of what it made when it was not None, and withdraws nothing": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				exclude(s, "10.0.0.0/8")
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
				s.made("Created", key)
			}, want{inventory: []string{created}},
		},
		"None owns nothing when there is no record": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				s.Inventory = nil
				s.routes("rtb-eu", route("10.12.0.0/16", ourID))
			}, want{inPlace: []string{key}},
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
			expectLines(t, "missing", test.want.missing, keys(plan.Missing))
			expectLines(t, "diverted", test.want.diverted, conflictKeys(plan.Diverted))
			expectLines(t, "shadowing", test.want.shadowing, conflictKeys(plan.Shadowing))
			expectLines(t, "inventory", test.want.inventory, records(plan.Inventory))
		})
	}
}

func TestAdoptedConnectionsRoutesAreOursOnlyByRecord(t *testing.T) {
	s := newScene()
	s.Spec.AdoptionPolicy = v1alpha1.AdoptUseExisting
	s.see(between(foreignID, StateActive, us, eu), Requester, Accepter)
	s.routes("rtb-eu", route("10.12.0.0/16", foreignID))
	s.Inventory = nil
	plan := PlanRoutes(s.Request, s.Snapshot, Requester, PlanConnection(s.Request, s.Snapshot))
	expectLines(t, "in place", []string{"rtb-eu 10.12.0.0/16"}, keys(plan.InPlace))
	expectLines(t, "inventory", nil, records(plan.Inventory))
}

func TestRoutesVerdict(t *testing.T) {
	both := func(s *scene) {
		s.routes("rtb-eu", route("10.12.0.0/16", ourID))
		s.routes("rtb-us", route("10.11.0.0/16", ourID))
	}
	for name, test := range map[string]struct {
		prepare  func(*scene)
		progress verdict.Progress
		reason   string
		message  string
	}{
		"both sides in place": {both, verdict.Done, "InPlace", "2 routes in 2 route tables lead to the peer."},
		"a conflict names table, block, target and cure": {
			func(s *scene) { s.routes("rtb-eu", route("10.12.0.0/16", "tgw-1")) },
			verdict.Stalled, "RouteConflict", "Route table rtb-eu (requester) already routes 10.12.0.0/16 to tgw-1 (active). Remove that route, or leave the block out with excludeCIDRs.",
		},
		"a conflict with a propagated route says so": {
			func(s *scene) { s.routes("rtb-us", propagated("10.11.0.0/16", "vgw-1")) },
			verdict.Stalled, "RouteConflict", "Route table rtb-us (accepter) already routes 10.11.0.0/16 to vgw-1 (active, origin EnableVgwRoutePropagation).",
		},
		"routes yet to be made": {func(*scene) {}, verdict.Act, "Progressing", "Still to do: route 10.12.0.0/16 in rtb-eu (requester) to pcx-ours; route 10.11.0.0/16 in rtb-us (accepter) to pcx-ours."},
		"a blackhole that EC2 still shows": {
			func(s *scene) {
				s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
				s.routes("rtb-us", route("10.11.0.0/16", ourID))
			}, verdict.Wait, "Progressing", "10.12.0.0/16 in rtb-eu (requester)",
		},
		"routes that somebody else makes": {
			func(s *scene) {
				s.Spec.Requester.Routes.Tables = v1alpha1.SelectNone
				s.routes("rtb-us", route("10.11.0.0/16", ourID))
			}, verdict.Stalled, "Missing", "Routes are missing, and with routes.tables: None somebody else makes them: 10.12.0.0/16 in rtb-eu (requester). Add them",
		},
		"a cluster that has not reported": {
			func(s *scene) { both(s); s.Networks.Accepter = []*v1alpha1.ClusterNetwork{nil} },
			verdict.Wait, "ClusterNotResolved", "Waiting for the accepter's PeeredClusters to report the subnets of their pods.",
		},
		"no table selected": {
			func(s *scene) { both(s); s.Networks.Accepter = []*v1alpha1.ClusterNetwork{{}} },
			verdict.Stalled, "NothingSelected", "No route table of the accepter is selected. Name tables in spec.accepter.routes.routeTableIDs.",
		},
		"a slice that another route keeps": {
			func(s *scene) { both(s); s.routes("rtb-eu", route("10.12.5.0/24", "tgw-1")) },
			verdict.Done, "InPlace", "Note: Route table rtb-eu (requester) still sends 10.12.5.0/24 to tgw-1.",
		},
		"many things are named up to a bound": {
			func(s *scene) {
				s.side(Accepter).VPC = vpc("vpc-us", "10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16", "10.7.0.0/16")
			}, verdict.Act, "Progressing", "; and 3 more",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			test.prepare(s)
			plans := Pair[RoutesPlan]{}
			for _, role := range Roles() {
				*plans.At(role) = PlanRoutes(s.Request, s.Snapshot, role, ConnectionPlan{ID: ourID})
			}
			expectVerdict(t, RoutesVerdict(plans), test.progress, test.reason, test.message)
		})
	}
}

// conflictKeys says "rtb-eu 10.12.0.0/16 tgw-1".
func conflictKeys(found []RouteConflict) []string {
	var said []string
	for _, c := range found {
		said = append(said, c.Table+" "+c.Block.String()+" "+c.Route.Target)
	}
	return said
}
