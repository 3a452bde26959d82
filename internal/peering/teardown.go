package peering

import (
	"fmt"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Teardown is what is left to remove, in stages: routes, rules, connection. A
// stage is applied only when the one before has nothing left.
type Teardown struct {
	Routes     []Action
	Rules      []Action
	Connection []Action
	// Instead deletes the same connection from the other side, where either may; nil: none may.
	Instead *DeleteConnection
	// Waiting says which connection AWS is deleting, or has yet to show.
	Waiting string
	// Foreign are routes of others to our connection: deleting it would leave
	// them as blackholes.
	Foreign []string
	// Kept are rules that stay for another VPCPeering, which could not be given them.
	Kept []string
	// Stuck is what only a side may remove that can't be reached.
	Stuck []string
	// Unproven are things that are on record or were asked for, and that EC2 shows
	// without any tag: they may be ours, and are not removed while that isn't seen.
	Unproven []string
	// UnprovenRoutes are on record, and lead to a connection that AWS does not show to be
	// ours: they are not removed.
	UnprovenRoutes []string
}

// Left lists everything that is left, for a message.
func (t Teardown) Left() []string {
	var left []string
	for _, action := range slices.Concat(t.Routes, t.Rules, t.Connection) {
		left = append(left, action.String())
	}
	return left
}

// Without omits actions by what they say: those that AWS refused and that
// are abandoned.
func (t Teardown) Without(givenUp map[string]bool) Teardown {
	for _, stage := range []*[]Action{&t.Routes, &t.Rules, &t.Connection} {
		*stage = slices.DeleteFunc(slices.Clone(*stage), func(action Action) bool { return givenUp[action.String()] })
	}
	return t
}

// FromWhoMay has the other side delete the connection that one side may not delete.
func (t Teardown) FromWhoMay(givenUp map[string]bool) Teardown {
	if t.Instead != nil && givenUp[DeleteConnection{On: t.Instead.On.Other(), ID: t.Instead.ID}.String()] && !givenUp[t.Instead.String()] {
		t.Connection = append(slices.Clone(t.Connection), *t.Instead)
	}
	return t
}

// PlanTeardown compares what we made with what is still there. Everything it
// removes was seen in this snapshot to be ours.
func PlanTeardown(request Request, snapshot Snapshot) Teardown {
	found := FindConnection(request, snapshot)
	var teardown Teardown
	for _, role := range Roles() {
		routes, unproven := ownRoutes(request, snapshot, role)
		teardown.Routes = append(teardown.Routes, routes...)
		teardown.UnprovenRoutes = append(teardown.UnprovenRoutes, unproven...)
		rules, kept := ownRules(request, snapshot, role)
		teardown.Rules, teardown.Kept = append(teardown.Rules, rules...), append(teardown.Kept, kept...)
		teardown.Unproven = append(teardown.Unproven, unprovenRules(request, snapshot, role)...)
		if found.Ours {
			teardown.Foreign = append(teardown.Foreign, foreignRoutes(snapshot, role, found.Connection.ID, routes)...)
		}
	}
	teardown.connection(request, snapshot, found)
	return teardown
}

// connection adds what is left of the connection itself, or what the deletion waits for.
func (t *Teardown) connection(request Request, snapshot Snapshot, found Found) {
	switch {
	case found.Connection == nil:
	case found.Ours:
		t.delete(request, snapshot, *found.Connection)
	case request.ConnectionMade && request.ConnectionID == found.Connection.ID && untold(request.Sides, snapshot, *found.Connection):
		t.Stuck = append(t.Stuck, fmt.Sprintf("%s, because only the %s, whose connections cannot be read, sees who owns it", found.Connection.ID, requesting(request.Sides, *found.Connection).Role))
	case request.isRecorded(found.Connection.ID), request.undecided(snapshot, found.Connection.ID), request.stripped(snapshot, found.Connection.ID):
		t.Unproven = append(t.Unproven, found.Connection.ID)
	}
	for _, redundant := range found.Redundant {
		t.Connection = append(t.Connection, DeleteConnection{On: request.redundantSide(found), ID: redundant})
	}
	if id := deleting(request, snapshot); id != "" && request.ownsDeleting(snapshot) {
		t.Waiting = fmt.Sprintf("Waiting for AWS to delete %s.", id)
	}
	if t.Waiting == "" && request.mayAppear(snapshot, found) {
		t.Waiting = "Waiting for AWS to show the connection that was just requested, to delete it."
	}
}

// mayAppear holds while a request of ours may exist that the side which asked
// does not see yet: letting the object go then would abandon it.
func (r Request) mayAppear(snapshot Snapshot, found Found) bool {
	if found.Ours || found.Last != nil {
		return false
	}
	if found.Connection != nil && snapshot.At(requesting(r.Sides, *found.Connection).Role).connection(found.Connection.ID) != nil {
		return false // seen by who asked, and not ours
	}
	return r.RequestUnderWay || r.RequestedLately && r.ConnectionID != ""
}

func (r Request) ownsDeleting(snapshot Snapshot) bool {
	return slices.ContainsFunc(latest(r.Sides, snapshot), func(c Connection) bool {
		return c.State == StateDeleting && r.ownsConnection(snapshot, c.ID)
	})
}

// delete deletes the connection from the side that asked, or, where that can't be
// reached or may not, from the other one: an active connection may be deleted by either side,
// a pending request only by the one that asked (VPC Peering Guide, "Delete a VPC
// peering connection").
func (t *Teardown) delete(request Request, snapshot Snapshot, connection Connection) {
	from := requesting(request.Sides, connection).Role
	if snapshot.At(from).Unread.Connections {
		if from = from.Other(); connection.State != StateActive {
			t.Stuck = append(t.Stuck, fmt.Sprintf("%s is %s, and only the %s may withdraw it", connection.ID, connection.State, from.Other()))
			return
		}
	}
	t.Connection = append(t.Connection, DeleteConnection{On: from, ID: connection.ID})
	if connection.State == StateActive && !snapshot.At(from.Other()).Unread.Connections {
		t.Instead = &DeleteConnection{On: from.Other(), ID: connection.ID}
	}
}

func ownRules(request Request, snapshot Snapshot, role Role) (actions []Action, kept []string) {
	removal := newRemoval()
	for _, rule := range snapshot.At(role).Rules {
		if request.ownsRule(role, rule.Tags) {
			removal.add(request, rule)
		}
	}
	return removal.actions(role), removal.kept
}

// foreignRoutes are routes to our connection that are not ours to remove.
func foreignRoutes(snapshot Snapshot, role Role, id string, ours []Action) []string {
	var foreign []string
	for _, table := range snapshot.At(role).RouteTables {
		for _, route := range table.Routes {
			own := slices.ContainsFunc(ours, func(action Action) bool {
				remove, ok := action.(DeleteRoute)
				return ok && remove.RouteTableID == table.ID && remove.Destination == route.Destination
			})
			if route.Target == id && !own {
				foreign = append(foreign, fmt.Sprintf("%s in %s (%s)", routeName(route), table.ID, role))
			}
		}
	}
	slices.Sort(foreign)
	return foreign
}

func routeName(route Route) string {
	if route.Destination.IsValid() {
		return route.Destination.String()
	}
	return route.PrefixListID
}

// ForeignVerdict holds back the deletion because of routes of others. Where it may not be forced,
// forbidden says why.
func (t Teardown) ForeignVerdict(id, forbidden string) verdict.Verdict {
	out := "Remove them. " + forbidden
	if forbidden == "" {
		out = fmt.Sprintf("Remove them, or set the annotation %s: \"true\" to delete the connection anyway.", v1alpha1.AnnotationForceFinalize)
	}
	return verdict.Newf(verdict.Stalled, v1alpha1.ReasonForeignRoutes,
		"Routes that crossvpc neither made nor adopted lead to %s and would be left as blackholes: %s. %s", id, message.Clauses(t.Foreign), out)
}
