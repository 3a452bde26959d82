package peering

import (
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// TestA9AfterALostStatusTheFirstRecordHasTheDeadRoutesThatWereOurs: from then on what is not on record is somebody else's.
func TestA9AfterALostStatusTheFirstRecordHasTheDeadRoutesThatWereOurs(t *testing.T) {
	const left = "rtb-eu 10.12.0.0/16 Created"
	gone := func(s *scene, edit func(*Connection)) {
		for _, role := range Roles() {
			edit(&s.side(role).Connections[0])
		}
	}
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"a blackhole to a connection of ours that is gone": {func(*scene) {}, []string{left}},
		"one that only the accepter still shows":           {func(s *scene) { s.side(Requester).Connections = nil }, []string{left}},
		"a route that was never made":                      {func(s *scene) { s.side(Requester).RouteTables[0].Routes = nil }, nil},
		"a route that somebody pointed elsewhere":          {func(s *scene) { s.side(Requester).RouteTables[0].Routes[0].Target = "tgw-1" }, nil},
		"a route that is alive":                            {func(s *scene) { s.side(Requester).RouteTables[0].Routes[0].State = "active" }, nil},
		"a connection without our tag":                     {func(s *scene) { gone(s, func(c *Connection) { c.Tags = nil }) }, nil},
		"a connection of another pair":                     {func(s *scene) { gone(s, func(c *Connection) { c.Accepter.VPC = "vpc-x" }) }, nil},
		"a connection that was adopted":                    {func(s *scene) { gone(s, func(c *Connection) { c.Tags[v1alpha1.TagAdopted] = "true" }) }, nil},
		"a connection that is alive":                       {func(s *scene) { gone(s, func(c *Connection) { c.State = StateActive }) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene()
			s.Inventory = nil
			s.see(ours(StateDeleted), Requester, Accepter)
			s.routes("rtb-eu", blackhole("10.12.0.0/16", ourID))
			test.edit(s)
			record := FirstRecord(s.Request, s.Snapshot)
			expectLines(t, "record", test.want, records(record.Requester.Routes))
			expectLines(t, "the accepter's record", nil, records(record.Accepter.Routes))
			if test.want == nil && s.Request.ownsDead(s.Snapshot, "pcx-nobody-sees") {
				t.Error("what nobody sees is nobody's")
			}
		})
	}
}

func TestA9WithoutARecordNothingIsChangedUntilTheClustersReport(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(*scene)
		waits bool
	}{
		"all have reported":            {func(*scene) {}, false},
		"one of the requester has not": {func(s *scene) { s.Networks.Requester[0] = nil }, true},
		"one of the accepter has not":  {func(s *scene) { s.Networks.Accepter[0] = nil }, true},
		"only tables hang on it": {func(s *scene) {
			s.Networks.Requester[0] = nil
			s.Spec.Requester.SecurityGroups = v1alpha1.SideSecurityGroups{Groups: v1alpha1.SelectSelected}
		}, true},
		"only groups hang on it": {func(s *scene) {
			s.Networks.Requester[0] = nil
			s.Spec.Requester.Routes = v1alpha1.SideRoutes{Tables: v1alpha1.SelectAll}
		}, true},
		"nothing hangs on it": {func(s *scene) {
			s.Networks.Requester[0] = nil
			s.Spec.Requester.Routes.Tables = v1alpha1.SelectAll
			s.Spec.Requester.SecurityGroups.Groups = v1alpha1.SelectSelected
		}, false},
		"there is a record":                 {func(s *scene) { s.Networks.Requester[0] = nil; s.Inventory = &v1alpha1.Inventory{} }, false},
		"the connection is somebody else's": {func(s *scene) { s.Networks.Requester[0] = nil; s.Adopted = true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Inventory = nil
			test.edit(s)
			judged, waits := AwaitsRecord(s.Request, s.Snapshot)
			if waits != test.waits {
				t.Errorf("it waits: %t, %s", waits, judged.Message)
			}
			if waits {
				expectVerdict(t, judged, verdict.Wait, v1alpha1.ReasonClusterNotResolved, "status was lost, so crossvpc cannot determine what it made")
			}
		})
	}
}

func TestOfALostStatusTheDeadRouteIsOursWhereOurTagIsOnItsConnection(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"our tag is on it":        {func(*scene) {}, []string{"replace the route to 10.12.0.0/16 in rtb-eu (requester): pcx-ours instead of pcx-old"}},
		"no tag of ours is on it": {func(s *scene) { s.side(Requester).Connections[1].Tags = nil }, nil},
		"it is alive":             {func(s *scene) { s.side(Requester).RouteTables[0].Routes[0].State = "active" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Inventory = nil
			old := ours(StateDeleted)
			old.ID = "pcx-old"
			s.see(old, Requester)
			s.routes("rtb-eu", blackhole("10.12.0.0/16", "pcx-old"))
			test.edit(s)
			plan := PlanRoutes(s.Request, s.Snapshot, Requester, ConnectionPlan{ID: ourID})
			if got := lines(plan.Actions); len(got) != len(test.want) {
				t.Errorf("it does %q, want %q", got, test.want)
			}
			if len(test.want) == 0 && len(plan.Conflicts) != 1 {
				t.Errorf("the route of somebody else is no conflict: %+v", plan)
			}
		})
	}
}

func TestA8ARemovalAfterALostStatusTakesOnlyRoutesToConnectionsOfThisPairThatAreOurs(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*scene)
		want []string
	}{
		"ours": {func(*scene) {}, []string{"remove the route to 10.12.0.0/16 from rtb-eu (requester)"}},
		"our tag on a connection of another pair": {func(s *scene) { s.eachView(func(c *Connection) { c.Accepter.VPC = "vpc-x" }) }, nil},
		"somebody's connection of this pair":      {func(s *scene) { s.eachView(func(c *Connection) { c.Tags = nil }) }, nil},
		"a route that spec.adopt names, elsewhere": {func(s *scene) {
			s.Spec.Adopt = &v1alpha1.Adoption{Requester: v1alpha1.SideAdoption{Routes: []v1alpha1.AdoptedRoute{{RouteTableID: "rtb-own", Destination: "10.12.0.0/16"}}}}
			s.side(Requester).RouteTables = append(s.side(Requester).RouteTables, table("rtb-own", "vpc-eu"))
			s.routes("rtb-own", route("10.12.0.0/16", ourID))
		}, []string{"remove the route to 10.12.0.0/16 from rtb-eu (requester)", "remove the route to 10.12.0.0/16 from rtb-own (requester)"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := connected()
			s.Inventory = nil
			s.routes("rtb-eu", route("10.12.0.0/16", ourID))
			test.edit(s)
			expectLines(t, "routes", test.want, lines(PlanTeardown(s.Request, s.Snapshot).Routes))
		})
	}
}

func (s *scene) eachView(edit func(*Connection)) {
	for _, role := range Roles() {
		for i := range s.side(role).Connections {
			edit(&s.side(role).Connections[i])
		}
	}
}
