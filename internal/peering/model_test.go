package peering

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// model is as much of EC2 as the actions touch, and the truth about who made
// what, which the planner can only infer.
type model struct {
	t     *testing.T
	scene *scene
	next  int

	connections map[string]*modelConnection
	// ourRoutes and ourRules are what an action of ours made.
	ourRoutes map[RouteKey]bool
	ourRules  map[string]bool
	// ruleTags are tags that are not seen yet.
	ruleTags map[string]map[string]string
	// log is what was done, for a failure.
	log []string
}

// modelConnection is a connection with the tags of each side's view, and the
// state that each side sees.
type modelConnection struct {
	Connection
	ours bool
	tags map[Role]map[string]string
	seen map[Role]ConnectionState
	// tagsSeen is by whom the tags are seen, later than what they are on.
	tagsSeen map[Role]bool
}

func newModel(t *testing.T, s *scene) *model {
	return &model{
		t: t, scene: s, connections: map[string]*modelConnection{},
		ourRoutes: map[RouteKey]bool{}, ourRules: map[string]bool{}, ruleTags: map[string]map[string]string{},
	}
}

func (m *model) say(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	for _, line := range m.log {
		m.t.Log(line)
	}
	m.t.Fatalf(format, args...)
}

func (m *model) id(kind string) string {
	m.next++
	return fmt.Sprintf("%s-%04d", kind, m.next)
}

// observe is a snapshot; the planner must not see later changes through it.
func (m *model) observe() Snapshot {
	var snapshot Snapshot
	for _, role := range Roles() {
		side := m.scene.side(role)
		copied := *side
		copied.RouteTables = nil
		for _, table := range side.RouteTables {
			table.Routes = slices.Clone(table.Routes)
			copied.RouteTables = append(copied.RouteTables, table)
		}
		copied.Rules = slices.Clone(side.Rules)
		copied.Connections = m.view(role)
		if role == Requester {
			snapshot.Requester = copied
		} else {
			snapshot.Accepter = copied
		}
	}
	return snapshot
}

func (m *model) view(role Role) []Connection {
	var seen []Connection
	for _, id := range slices.Sorted(maps.Keys(m.connections)) {
		c := m.connections[id]
		if c.seen[role] == "" {
			continue
		}
		view := c.Connection
		view.State = c.seen[role]
		if view.Tags = nil; c.tagsSeen[role] {
			view.Tags = maps.Clone(c.tags[role])
		}
		seen = append(seen, view)
	}
	return seen
}

// settle lets a side see what is true now; without it, a change is seen by the
// side that made it only.
func (m *model) settle(roles ...Role) {
	for _, c := range m.connections {
		for _, role := range roles {
			c.seen[role] = c.State
			c.tagsSeen[role] = true
		}
	}
	for _, role := range roles {
		for i, r := range m.scene.side(role).Rules {
			if tags, hidden := m.ruleTags[r.ID]; hidden {
				m.scene.side(role).Rules[i].Tags = tags
				delete(m.ruleTags, r.ID)
			}
		}
	}
}

// apply carries an action out as EC2 does. That of a planner who saw everything
// must never be refused, nor touch what is somebody else's.
func (m *model) apply(action Action) {
	m.say("  %s", action)
	switch a := action.(type) {
	case CreateConnection:
		first := FirstRecord(m.scene.Request, m.observe())
		m.scene.ConnectionID = m.request(a.Sides.Requester, a.Sides.Accepter, true, a.Tags)
		m.scene.RequestedLately = true
		if m.scene.Inventory == nil {
			m.scene.Inventory = first // nothing was made on it yet, and that is known
		}
	case AcceptConnection:
		m.accept(a)
	case TagConnection:
		m.connections[a.ID].tags[a.On] = maps.Clone(a.Tags)
		m.mustOwn(a.ID, action)
	case DeleteConnection:
		m.mustOwn(a.ID, action)
		m.remove(a.ID, a.On)
	case AuthorizeRules:
		m.authorize(a)
	case RevokeRules:
		for _, id := range a.RuleIDs {
			if !m.ourRules[id] {
				m.fail("A4: %s, which is somebody else's", action)
			}
			m.removeRule(a.On, id)
		}
	case CreateRoute:
		m.createRoute(a)
	case ReplaceRoute:
		m.replaceRoute(a)
	case DeleteRoute:
		if !m.ourRoutes[RouteKey{a.RouteTableID, a.Destination}] {
			m.fail("A4: %s, which is somebody else's", action)
		}
		m.removeRoute(a.RouteTableID, a.Destination)
	case SetDNSResolution:
		c := m.connections[a.ConnectionID]
		end := Pick(a.End, &c.Requester, &c.Accepter)
		if end.VPC != m.scene.Sides.At(a.On).VPC {
			m.fail("EC2 lets only the owner of %s change that end's options: %s", end.VPC, action)
		}
		end.DNSResolution = &a.Enabled
	}
}

func (m *model) mustOwn(id string, action Action) {
	if c := m.connections[id]; c == nil || !c.ours {
		m.fail("A4: %s, which is somebody else's", action)
	}
}

// request gives the id of a live connection of the same orientation, if there is
// one (terraform-provider-aws#27750).
func (m *model) request(asking, asked Side, ours bool, tags map[string]string) string {
	for id, c := range m.connections {
		if c.Requester.VPC == asking.VPC && c.Accepter.VPC == asked.VPC && !c.State.Gone() {
			m.fail("A1: requested although %s is %s", id, c.State)
		}
	}
	c := &modelConnection{Connection: between(m.id("pcx"), StatePending, asking, asked), ours: ours}
	c.tags = map[Role]map[string]string{asking.Role: maps.Clone(tags)}
	c.seen = map[Role]ConnectionState{asking.Role: StatePending}
	c.tagsSeen = map[Role]bool{}
	m.connections[c.ID] = c
	return c.ID
}

func (m *model) accept(a AcceptConnection) {
	c := m.connections[a.ID]
	if c.State != StatePending || c.Accepter.VPC != a.Side.VPC {
		m.fail("%s is %s", a, c.State)
	}
	for _, other := range m.connections {
		if other.State == StateActive {
			m.say("    VpcPeeringConnectionAlreadyExists") // refused at Accept, terraform-provider-aws#44315
			return
		}
	}
	c.State = StateActive
	c.seen[a.Side.Role] = StateActive
}

// remove deletes a connection: routes to it lead nowhere from then on.
func (m *model) remove(id string, by Role) {
	c := m.connections[id]
	c.State = StateDeleted
	c.seen[by] = StateDeleted
	m.eachRoute(func(_ RouteTable, r *Route) {
		if r.Target == id {
			r.State = "blackhole"
		}
	})
}

func (m *model) eachRoute(visit func(RouteTable, *Route)) {
	for _, role := range Roles() {
		for i := range m.scene.side(role).RouteTables {
			table := m.scene.side(role).RouteTables[i]
			for j := range table.Routes {
				visit(table, &table.Routes[j])
			}
		}
	}
}

func (m *model) routeAt(table string, destination netip.Prefix) *Route {
	var found *Route
	m.eachRoute(func(t RouteTable, r *Route) {
		if t.ID == table && r.Destination == destination {
			found = r
		}
	})
	return found
}

func (m *model) createRoute(a CreateRoute) {
	if m.routeAt(a.RouteTableID, a.Destination) != nil {
		m.fail("RouteAlreadyExists: %s", a)
	}
	m.addRoute(a.RouteTableID, m.routeFor(a.Destination, a.ConnectionID))
	m.ourRoutes[RouteKey{a.RouteTableID, a.Destination}] = true
}

func (m *model) routeFor(destination netip.Prefix, connection string) Route {
	r := route(destination.String(), connection)
	if c := m.connections[connection]; c == nil || c.State != StateActive {
		m.fail("a route to %s before it is active", connection)
	}
	return r
}

func (m *model) replaceRoute(a ReplaceRoute) {
	existing, key := m.routeAt(a.RouteTableID, a.Destination), RouteKey{a.RouteTableID, a.Destination}
	switch {
	case existing == nil:
		m.fail("InvalidRoute.NotFound: %s", a)
	case !existing.Blackhole():
		m.fail("A5: %s, which is live", a)
	case !m.ourRoutes[key] && m.scene.Spec.ConflictPolicy != v1alpha1.ConflictReplaceBlackhole:
		m.fail("A5: %s, which is somebody else's", a)
	}
	*existing = m.routeFor(a.Destination, a.ConnectionID)
	m.ourRoutes[key] = true
}

func (m *model) addRoute(table string, r Route) {
	for _, role := range Roles() {
		for i := range m.scene.side(role).RouteTables {
			if t := &m.scene.side(role).RouteTables[i]; t.ID == table {
				if t.Edge {
					m.fail("A6: a route in %s, which is a gateway's", table)
				}
				t.Routes = append(t.Routes, r)
			}
		}
	}
}

func (m *model) removeRoute(table string, destination netip.Prefix) {
	for _, role := range Roles() {
		for i := range m.scene.side(role).RouteTables {
			if t := &m.scene.side(role).RouteTables[i]; t.ID == table {
				t.Routes = slices.DeleteFunc(t.Routes, func(r Route) bool { return r.Destination == destination })
			}
		}
	}
	delete(m.ourRoutes, RouteKey{table, destination})
}

func (m *model) authorize(a AuthorizeRules) {
	side := m.scene.side(a.On)
	for _, ingress := range a.Rules {
		if findRule(side.Rules, RuleKey{a.GroupID, ingress, a.Egress}) != nil {
			m.fail("InvalidPermission.Duplicate: %s", a)
		}
		id := m.id("sgr")
		side.Rules = append(side.Rules, SecurityGroupRule{
			ID: id, GroupID: a.GroupID, Egress: a.Egress, Source: ingress.Source, Protocol: ingress.Protocol,
			FromPort: ingress.FromPort, ToPort: ingress.ToPort,
		})
		m.ourRules[id], m.ruleTags[id] = true, maps.Clone(a.Tags)
	}
}

func (m *model) removeRule(role Role, id string) {
	side := m.scene.side(role)
	side.Rules = slices.DeleteFunc(side.Rules, func(r SecurityGroupRule) bool { return r.ID == id })
	delete(m.ourRules, id)
}

// foreign is everything that nobody of us made, as text.
func (m *model) foreign() []string {
	var things []string
	m.eachRoute(func(t RouteTable, r *Route) {
		if !m.ourRoutes[RouteKey{t.ID, r.Destination}] {
			things = append(things, fmt.Sprintf("%s %s %s", t.ID, routeName(*r), r.Target))
		}
	})
	for _, role := range Roles() {
		for _, r := range m.scene.side(role).Rules {
			if !m.ourRules[r.ID] {
				things = append(things, r.ID)
			}
		}
	}
	for id, c := range m.connections {
		if !c.ours && c.State != StateDeleted {
			things = append(things, id)
		}
	}
	slices.Sort(things)
	return things
}
