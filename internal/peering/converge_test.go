package peering

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// driver does what a reconciler does with the plans, and is killed at random.
type driver struct {
	*model
	random *rand.Rand
	// kill is the chance of dying before each action.
	kill float64
}

// pass is one reconciliation; it reports whether there was nothing to do.
func (d *driver) pass() bool {
	d.say("pass")
	plan := PlanConnection(d.scene.Request, d.observe())
	if plan.ID != "" {
		d.scene.ConnectionID, d.scene.Adopted = plan.ID, plan.Adopted
	}
	d.say("  %s: %s", plan.Progress, plan.Message)
	if plan.Progress != verdict.Done {
		d.run(plan.Actions)
		return plan.Progress == verdict.Stalled
	}
	d.scene.RequestedLately = false
	if d.run(plan.Tagging) > 0 {
		return false
	}
	if changed := d.changeRules(); changed {
		return false
	}
	if changed := d.changeRoutes(plan); changed {
		return false
	}
	return d.run(PlanDNS(d.scene.Request, d.observe(), plan).Actions) == 0
}

// run applies actions until it is killed, and says how many there were.
func (d *driver) run(actions []Action) int {
	for _, action := range actions {
		if d.random.Float64() < d.kill {
			d.say("  killed")
			break
		}
		d.apply(action)
	}
	return len(actions)
}

func (d *driver) changeRules() bool {
	plans := Pair[RulesPlan]{}
	var actions []Action
	for _, role := range Roles() {
		*plans.At(role) = PlanRules(d.scene.Request, d.observe(), role)
		actions = append(actions, plans.At(role).Actions...)
	}
	if len(actions) > 0 && d.scene.Inventory == nil {
		// The first record covers the routes too: without one, routes to our own
		// connection are ours.
		d.scene.Inventory = &v1alpha1.Inventory{}
	}
	if d.scene.Inventory != nil {
		d.scene.Inventory.Requester.SecurityGroupRules, d.scene.Inventory.Accepter.SecurityGroupRules = plans.Requester.Inventory, plans.Accepter.Inventory
	}
	return d.run(actions) > 0
}

func (d *driver) changeRoutes(connection ConnectionPlan) bool {
	plans := Pair[RoutesPlan]{}
	var actions []Action
	for _, role := range Roles() {
		*plans.At(role) = PlanRoutes(d.scene.Request, d.observe(), role, connection)
		actions = append(actions, plans.At(role).Actions...)
	}
	if d.scene.Inventory == nil {
		d.scene.Inventory = &v1alpha1.Inventory{}
	}
	d.scene.Inventory.Requester.Routes, d.scene.Inventory.Accepter.Routes = plans.Requester.Inventory, plans.Accepter.Inventory
	return d.run(actions) > 0
}

// converge runs passes until there is nothing to do; AWS shows each change a
// pass later at the latest.
func (d *driver) converge() {
	d.kill = 0
	for range 30 {
		quiet := d.pass()
		d.settle(Roles()...)
		if quiet && d.pass() {
			return
		}
	}
	d.fail("A9: did not come to rest in 30 passes")
}

// tearDown runs stage by stage until nothing is left or others hold it.
func (d *driver) tearDown() Teardown {
	for range 30 {
		d.settle(Roles()...)
		teardown := PlanTeardown(d.scene.Request, d.observe())
		d.say("teardown: %q, foreign %q", teardown.Left(), teardown.Foreign)
		switch {
		case teardown.empty():
			return teardown
		case len(teardown.Routes) > 0:
			d.run(teardown.Routes)
		case len(teardown.Rules) > 0:
			d.run(teardown.Rules)
		case len(teardown.Foreign) > 0:
			return teardown
		default:
			d.run(teardown.Connection)
		}
		d.kill /= 2
	}
	d.fail("A8: teardown did not end in 30 passes")
	return Teardown{}
}

var allBlocks = map[Role][]string{
	Requester: {"10.11.0.0/16", "100.64.0.0/17", "2001:db8:1::/56"},
	Accepter:  {"10.12.0.0/16", "100.64.128.0/17", "2001:db8:2::/56"},
}

// newDriver makes a world from a seed.
func newDriver(t *testing.T, seed uint64) *driver {
	random := rand.New(rand.NewPCG(seed, 0))
	s := newScene()
	for _, role := range Roles() {
		side, region := s.side(role), s.Sides.At(role).VPC[4:]
		side.VPC = vpc(side.VPC.ID, allBlocks[role][:1+random.IntN(3)]...)
		for i := range random.IntN(3) {
			subnet := fmt.Sprintf("subnet-%s-%d", region, i)
			side.RouteTables = append(side.RouteTables, table(fmt.Sprintf("rtb-%s-%d", region, i), side.VPC.ID, subnet))
			*s.Networks.At(role) = append(*s.Networks.At(role), network(subnet, side.Groups[0].ID))
		}
		edge := table("rtb-edge-"+region, side.VPC.ID)
		edge.Edge = true
		side.RouteTables = append(side.RouteTables, edge)
	}
	s.Spec.Requester.Routes.Tables = []v1alpha1.Selection{v1alpha1.SelectAuto, v1alpha1.SelectAll}[random.IntN(2)]
	s.Spec.ConflictPolicy = []v1alpha1.ConflictPolicy{v1alpha1.ConflictFail, v1alpha1.ConflictReplaceBlackhole}[random.IntN(2)]
	s.Spec.AdoptionPolicy = []v1alpha1.AdoptionPolicy{v1alpha1.AdoptNever, v1alpha1.AdoptUseExisting}[random.IntN(2)]
	s.Spec.Accepter.DNSResolution = []v1alpha1.DNSResolution{v1alpha1.DNSDisabled, v1alpha1.DNSEnabled}[random.IntN(2)]
	s.Inventory = nil
	return &driver{model: newModel(t, s), random: random}
}

// disturb does one thing that people, other controllers or AWS do.
func (d *driver) disturb() {
	role := Roles()[d.random.IntN(2)]
	side := d.scene.side(role)
	tables := withoutEdge(side.RouteTables)
	table := tables[d.random.IntN(len(tables))]
	blocks := allBlocks[role.Other()]
	block := prefix(blocks[d.random.IntN(len(blocks))])
	key := RouteKey{table.ID, block}
	existing := d.routeAt(table.ID, block)
	switch d.random.IntN(12) {
	case 0:
		if existing != nil {
			d.say("somebody removes %s from %s", block, table.ID)
			d.removeRoute(table.ID, block)
		}
	case 1:
		if existing == nil {
			d.say("somebody routes %s in %s", block, table.ID)
			d.addRoute(table.ID, d.foreignRoute(block))
		} else {
			d.say("somebody points %s in %s elsewhere", block, table.ID)
			*existing = d.foreignRoute(block)
			delete(d.ourRoutes, key)
		}
	case 2:
		d.foreignRules(role, block)
	case 3:
		if len(side.Rules) > 0 {
			id := side.Rules[d.random.IntN(len(side.Rules))].ID
			d.say("somebody removes %s", id)
			d.removeRule(role, id)
		}
	case 4:
		d.deleteConnection(role)
	case 5:
		d.say("the blocks of %s change", side.VPC.ID)
		side.VPC = vpc(side.VPC.ID, allBlocks[role][:1+d.random.IntN(3)]...)
	case 6:
		d.say("a cluster of the %s is silent", role)
		(*d.scene.Networks.At(role))[0] = nil
	case 7:
		d.requestForeign()
	case 8:
		d.settle(role)
	case 9:
		d.foreignRouteToOurs(table.ID, block)
	case 10:
		d.changeSpec(role)
	case 11:
		d.say("the requester's tables change")
		d.scene.Spec.Requester.Routes.Tables = []v1alpha1.Selection{v1alpha1.SelectAuto, v1alpha1.SelectAll}[d.random.IntN(2)]
	}
}

// foreignRouteToOurs is one as we would make it, or to a part of the block. Not
// where we were about to make the very same: nobody could tell them apart.
func (d *driver) foreignRouteToOurs(table string, block netip.Prefix) {
	if d.random.IntN(2) == 0 {
		block = netip.PrefixFrom(block.Addr(), block.Bits()+4)
	}
	for _, role := range Roles() {
		if _, recorded := recordedRoutes(d.scene.inventory(role))[RouteKey{table, block}]; recorded {
			return
		}
	}
	for id, c := range d.connections {
		if c.State == StateActive && d.routeAt(table, block) == nil {
			d.say("somebody routes %s in %s to %s", block, table, id)
			d.addRoute(table, route(block.String(), id))
		}
	}
}

func (d *driver) changeSpec(role Role) {
	side := &d.scene.Spec.Requester
	if role == Accepter {
		side = &d.scene.Spec.Accepter
	}
	d.say("the spec of the %s changes", role)
	side.Routes.ExcludeCIDRs = [][]string{nil, {"100.64.0.0/10"}, {"0.0.0.0/0", "::/0"}}[d.random.IntN(3)]
	side.SecurityGroups.Ingress = [][]v1alpha1.IngressRule{nil, {{Protocol: v1alpha1.ProtocolTCP}, {Protocol: v1alpha1.ProtocolICMP}}}[d.random.IntN(2)]
	side.SecurityGroups.Egress = []v1alpha1.EgressPolicy{v1alpha1.EgressReport, v1alpha1.EgressAllow}[d.random.IntN(2)]
	side.DNSResolution = []v1alpha1.DNSResolution{v1alpha1.DNSDisabled, v1alpha1.DNSEnabled}[d.random.IntN(2)]
}

func (d *driver) foreignRoute(block netip.Prefix) Route {
	made := []Route{
		route(block.String(), "tgw-1"), blackhole(block.String(), "nat-1"),
		propagated(block.String(), "vgw-1"), blackhole(block.String(), "pcx-elsewhere"),
	}[d.random.IntN(4)]
	if made.Target == "pcx-elsewhere" {
		d.connections[made.Target] = &modelConnection{
			Connection: between(made.Target, StateDeleted, eu, Side{VPC: "vpc-elsewhere"}),
			seen:       map[Role]ConnectionState{Requester: StateDeleted, Accepter: StateDeleted}, tagsSeen: map[Role]bool{},
		}
	}
	return made
}

func (d *driver) foreignRules(role Role, block netip.Prefix) {
	side := d.scene.side(role)
	made := rule(d.id("sgr"), block.String(), foreignRule)
	made.Egress = d.random.IntN(2) == 0
	made.GroupID = side.Groups[0].ID
	if findRule(side.Rules, made.key()) == nil {
		d.say("somebody admits %s to %s", block, made.GroupID)
		side.Rules = append(side.Rules, made)
	}
}

func (d *driver) deleteConnection(by Role) {
	for id, c := range d.connections {
		if c.State == StateActive {
			d.say("somebody deletes %s", id)
			d.remove(id, by)
			return
		}
	}
}

// requestForeign: somebody asks for the same pair the other way round, and
// accepts at once where nothing is active.
func (d *driver) requestForeign() {
	for _, c := range d.connections {
		if !c.State.Gone() && c.Requester.VPC == us.VPC || c.State == StateActive {
			return
		}
	}
	id := d.request(us, eu, false, nil)
	d.say("somebody requests %s", id)
	if d.random.IntN(2) == 0 {
		d.connections[id].State = StateActive
		d.settle(Roles()...)
	}
}

// FuzzPlansConvergeAndTouchNothingOfOthers disturbs and kills at random, then
// leaves the world alone and looks at what is there.
func FuzzPlansConvergeAndTouchNothingOfOthers(f *testing.F) {
	for seed := range uint64(400) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := newDriver(t, seed)
		networks := Pair[[]*v1alpha1.ClusterNetwork]{Requester: slices.Clone(d.scene.Networks.Requester), Accepter: slices.Clone(d.scene.Networks.Accepter)}
		for range d.random.IntN(25) {
			d.kill = 0.2
			d.pass()
			d.disturb()
		}
		d.scene.Networks = networks
		foreign := d.foreign()
		d.converge()
		d.expectForeign(foreign)
		d.expectInPlace()
		d.expectTornDown()
	})
}

// expectForeign: what others made is as it was, except dead routes that the
// policy lets us replace.
func (d *driver) expectForeign(before []string) {
	after := d.foreign()
	if d.scene.Spec.ConflictPolicy == v1alpha1.ConflictReplaceBlackhole {
		before = slices.DeleteFunc(slices.Clone(before), func(thing string) bool { return !slices.Contains(after, thing) && isRoute(thing) })
	}
	if diff := cmp.Diff(before, after, cmpopts.EquateEmpty()); diff != "" {
		d.fail("A4: what others made changed (-before +after):\n%s", diff)
	}
}

func isRoute(thing string) bool { return len(thing) > 4 && thing[:4] == "rtb-" }

// expectInPlace: exactly one connection, every block admitted and routed or in a
// conflict that is named, and nothing of ours beside that.
func (d *driver) expectInPlace() {
	snapshot := d.observe()
	plan := PlanConnection(d.scene.Request, snapshot)
	live := 0
	for _, c := range d.connections {
		if c.ours && !c.State.Gone() {
			live++
		}
	}
	if plan.Progress == verdict.Stalled {
		if live != 0 {
			d.fail("A1: %d connections of ours beside a foreign one", live)
		}
		return
	}
	if want := map[bool]int{true: 0, false: 1}[plan.Adopted]; plan.Progress != verdict.Done || live != want {
		d.fail("A1: %s with %d live connections of ours", plan.Message, live)
	}
	for _, role := range Roles() {
		routes := PlanRoutes(d.scene.Request, snapshot, role, plan)
		wanted := map[RouteKey]bool{}
		for _, table := range SelectTables(d.scene.Request, snapshot, role).Items {
			for _, block := range d.scene.Reached(snapshot, role) {
				key := RouteKey{table.ID, block}
				wanted[key] = true
				existing := d.routeAt(table.ID, block)
				conflict := slices.ContainsFunc(routes.Conflicts, func(c RouteConflict) bool { return key.conflicts(c) })
				if existing == nil || (existing.Target == plan.ID && !existing.Blackhole()) == conflict {
					d.fail("A6: %s in %s is %+v, conflict %t", block, table.ID, existing, conflict)
				}
			}
		}
		d.expectRules(role, PlanRules(d.scene.Request, snapshot, role))
		recorded := recordedRoutes(d.scene.inventory(role))
		for key := range d.ourRoutes {
			if roleOf(d.scene, key.Table) != role {
				continue
			}
			if !wanted[key] {
				d.fail("%s in %s is of ours and nobody wants it", key.Destination, key.Table)
			}
			if recorded[key] != v1alpha1.InventoryCreated {
				d.fail("A8: %s in %s is of ours and recorded as %q", key.Destination, key.Table, recorded[key])
			}
		}
	}
}

// expectRules: every rule that is wanted is there, and none of ours beside them.
func (d *driver) expectRules(role Role, plan RulesPlan) {
	side := d.scene.side(role)
	wanted := map[RuleKey]bool{}
	for _, group := range side.Groups {
		for _, ingress := range desiredIngress(d.scene.Request.side(role).SecurityGroups.Ingress, d.scene.Reached(d.observe(), role)) {
			key := RuleKey{group.ID, ingress, false}
			wanted[key] = true
			if findRule(side.Rules, key) == nil {
				d.fail("%s is not admitted by %s", ingress, group.ID)
			}
		}
	}
	d.expectEgress(role, wanted)
	for _, r := range side.Rules {
		recorded := slices.ContainsFunc(plan.Inventory, func(entry v1alpha1.InventoryRule) bool { return entry.RuleID == r.ID })
		if d.ourRules[r.ID] && (!wanted[r.key()] || !recorded) {
			d.fail("A8: %s is of ours, wanted %t, recorded %t", r.ID, wanted[r.key()], recorded)
		}
	}
}

// expectEgress: what the other side admits is let out by each group, where that is asked for, and rules of ours for it are wanted.
func (d *driver) expectEgress(role Role, wanted map[RuleKey]bool) {
	side := d.scene.side(role)
	if d.scene.Request.side(role).SecurityGroups.Egress != v1alpha1.EgressAllow {
		return
	}
	for _, group := range side.Groups {
		for _, out := range desiredIngress(d.scene.Request.side(role.Other()).SecurityGroups.Ingress, d.scene.Reached(d.observe(), role)) {
			key := RuleKey{group.ID, out, true}
			wanted[key] = true
			if findRule(side.Rules, key) == nil && !d.scene.Request.letsOut(role, side.Rules, group.ID, out) {
				d.fail("%s is not let out by %s", out.text(true), group.ID)
			}
		}
	}
}

func roleOf(s *scene, table string) Role {
	for _, candidate := range s.side(Requester).RouteTables {
		if candidate.ID == table {
			return Requester
		}
	}
	return Accepter
}

func (d *driver) removeForeignRoutesTo(id string) {
	for _, role := range Roles() {
		for i := range d.scene.side(role).RouteTables {
			t := &d.scene.side(role).RouteTables[i]
			t.Routes = slices.DeleteFunc(t.Routes, func(r Route) bool { return r.Target == id })
		}
	}
}

// expectTornDown: exactly what others made is left.
func (d *driver) expectTornDown() {
	foreign := d.foreign()
	d.kill = 0.3
	if held := d.tearDown(); len(held.Foreign) > 0 {
		if c := d.connections[d.scene.ConnectionID]; c == nil || c.State.Gone() {
			d.fail("A8: the connection went under the routes of others: %v", held.Foreign)
		}
		if diff := cmp.Diff(foreign, d.foreign()); diff != "" {
			d.fail("A4: what others made changed (-before +after):\n%s", diff)
		}
		d.removeForeignRoutesTo(d.scene.ConnectionID)
		foreign = d.foreign()
		d.tearDown()
	}
	if len(d.ourRoutes)+len(d.ourRules) > 0 {
		d.fail("A8: left are routes %v and rules %v", d.ourRoutes, d.ourRules)
	}
	for id, c := range d.connections {
		if c.ours && !c.State.Gone() {
			d.fail("A8: %s is left, %s", id, c.State)
		}
	}
	if diff := cmp.Diff(foreign, d.foreign(), cmpopts.EquateEmpty()); diff != "" {
		d.fail("A4: what others made changed (-before +after):\n%s", diff)
	}
}

func TestAnObjectRestoredFromGitTakesUpWhatItMade(t *testing.T) {
	for seed := range uint64(50) {
		d := newDriver(t, seed)
		d.converge()
		d.settle(Roles()...)
		made := records(d.scene.Inventory.Requester.Routes)
		d.scene.Inventory, d.scene.ConnectionID = nil, ""
		if d.log = nil; !d.pass() {
			d.fail("A9: with status lost there is something to do")
		}
		expectLines(t, "A2: requester's routes on record", made, records(d.scene.Inventory.Requester.Routes))
		d.expectInPlace()
		d.scene.Inventory, d.scene.ConnectionID = nil, ""
		d.expectTornDown()
	}
}
