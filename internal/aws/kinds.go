package aws

import (
	"context"
	"time"

	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// Kind is a kind of thing to read; kinds are combined with |.
type Kind uint8

// The kinds that a SideSnapshot is made of.
const (
	VPCs Kind = 1 << iota
	Connections
	RouteTables
	Groups
	Rules
	// Subnets are asked for only where one has no route table of its own.
	Subnets
	// OneConnection is the connection that a query names, by its id.
	OneConnection
	// StrayGroups are the security groups that a query names, by their ids.
	StrayGroups

	// AllKinds are those that every peering rests on.
	AllKinds = VPCs | Connections | RouteTables | Groups | Rules
)

// kindTable has everything there is to know of each kind: a new one is its constant, its
// read, and its line here.
var kindTable = []entry{
	vpcs("VPC"),
	dated(list(Connections, "PeeringConnection", wholeRegion, (*Reader).readConnections, connectionsOf), connectionsReadAt),
	dated(list(OneConnection, "", byConnection, (*Reader).readConnectionsByID, connectionsOf), connectionsReadAt),
	list(RouteTables, "RouteTable", byVPC, (*Reader).readRouteTables, func(s *peering.SideSnapshot) *[]peering.RouteTable { return &s.RouteTables }),
	list(Subnets, "", byVPC, (*Reader).readSubnets, func(s *peering.SideSnapshot) *[]string { return &s.Subnets }),
	list(Groups, "SecurityGroup", byVPC, (*Reader).readGroups, func(s *peering.SideSnapshot) *[]peering.SecurityGroup { return &s.Groups }),
	list(StrayGroups, "", byStray, (*Reader).readGroupsByID, func(s *peering.SideSnapshot) *[]peering.SecurityGroup { return &s.StrayGroups }),
	list(Rules, "", byGroup, (*Reader).readRules, func(s *peering.SideSnapshot) *[]peering.SecurityGroupRule { return &s.Rules }),
}

func connectionsOf(s *peering.SideSnapshot) *[]peering.Connection { return &s.Connections }

func connectionsReadAt(s *peering.SideSnapshot) *time.Time { return &s.ConnectionsReadAt }

// Merge takes what a read of these kinds found over into a snapshot.
func Merge(into *peering.SideSnapshot, read peering.SideSnapshot, kinds Kind) {
	for _, e := range kindTable {
		if kinds&e.kind != 0 {
			e.merge(into, read)
			if e.at != nil {
				*e.at(into) = *e.at(&read)
			}
		}
	}
}

// entry is one kind. Its type parameter is gone: what is left is what Side does with it.
type entry struct {
	kind Kind
	// name of the kind in [Reading]; empty: not every sweep reads it.
	name  string
	scope scope
	// open makes the reads of a region, which all callers share.
	open  func(*Reader, clock.Clock) source
	merge func(into *peering.SideSnapshot, read peering.SideSnapshot)
	// at is where a snapshot says when it was asked for; nil: nowhere.
	at func(*peering.SideSnapshot) *time.Time
}

// source is where one kind of a region comes from.
type source struct {
	// fill puts what a query asks for into a snapshot, and says how old it is.
	fill func(context.Context, Query, *peering.SideSnapshot) (time.Time, error)
	// readAt is when the last read that succeeded was asked for; zero: none did yet.
	readAt func() time.Time
}

// scope is what a read is limited to.
type scope struct {
	// keys are those that a query asks for; without any there is nothing to read.
	keys func(Query) []string
	// standing is what every read covers, for all owners; nil: a read covers the region.
	standing func(*subscriptions) []string
}

var (
	wholeRegion = scope{keys: func(q Query) []string { return []string{q.VPC} }}
	byVPC       = scope{keys: func(q Query) []string { return []string{q.VPC} }, standing: (*subscriptions).vpcs}
	// byConnection: nobody wants one at rest, where the list of the region says the same.
	byConnection = scope{keys: oneConnection, standing: func(*subscriptions) []string { return nil }}
	byGroup      = scope{keys: func(q Query) []string { return q.Groups }, standing: (*subscriptions).groups}
	// byStray: hardly anybody has one, so nobody's read covers those of others.
	byStray = scope{keys: func(q Query) []string { return q.Strays }, standing: func(*subscriptions) []string { return nil }}
)

func oneConnection(q Query) []string {
	if q.Connection == "" {
		return nil
	}
	return []string{q.Connection}
}

// need is what a read must cover for a query.
func (s scope) need(q Query) []string {
	if s.standing == nil {
		return nil
	}
	return s.keys(q)
}

type read[T any] func(*Reader, context.Context, []string) (map[string][]T, error)

// shared makes the shared read of a kind.
func shared[T any](r *Reader, c clock.Clock, s scope, read read[T]) *sharedRead[map[string][]T] {
	standing := func() []string { return nil }
	if s.standing != nil {
		standing = func() []string { return s.standing(r.subscriptions) }
	}
	return newSharedRead(c, func(ctx context.Context, ids []string) (map[string][]T, error) { return read(r, ctx, ids) }, standing)
}

// pick gets the value of a shared read and takes out of it what a query asks for.
func pick[T any](ctx context.Context, from *sharedRead[map[string][]T], s scope, q Query) ([]T, time.Time, error) {
	found, at, err := from.get(ctx, q.NotBefore, s.need(q))
	if err != nil {
		return nil, time.Time{}, err
	}
	picked := []T{}
	for _, key := range s.keys(q) {
		picked = append(picked, found[key]...)
	}
	return picked, at, nil
}

// list is a kind of which a side has any number.
func list[T any](kind Kind, name string, s scope, read read[T], field func(*peering.SideSnapshot) *[]T) entry {
	return entry{
		kind: kind, name: name, scope: s,
		open: func(r *Reader, c clock.Clock) source {
			all := shared(r, c, s, read)
			fill := func(ctx context.Context, q Query, side *peering.SideSnapshot) (at time.Time, err error) {
				*field(side), at, err = pick(ctx, all, s, q)
				return at, err
			}
			return source{fill: fill, readAt: all.readAt}
		},
		merge: func(into *peering.SideSnapshot, read peering.SideSnapshot) { *field(into) = *field(&read) },
	}
}

// dated is a kind of which the snapshot says when it was asked for.
func dated(e entry, at func(*peering.SideSnapshot) *time.Time) entry {
	e.at = at
	return e
}

// vpcs is the kind of which a side has one, or none.
func vpcs(name string) entry {
	return entry{
		kind: VPCs, name: name, scope: byVPC,
		open: func(r *Reader, c clock.Clock) source {
			all := shared(r, c, byVPC, (*Reader).readVPCs)
			fill := func(ctx context.Context, q Query, side *peering.SideSnapshot) (time.Time, error) {
				found, at, err := pick(ctx, all, byVPC, q)
				if len(found) > 0 {
					side.VPC = &found[0]
				}
				return at, err
			}
			return source{fill: fill, readAt: all.readAt}
		},
		merge: func(into *peering.SideSnapshot, read peering.SideSnapshot) { into.VPC = read.VPC },
	}
}
