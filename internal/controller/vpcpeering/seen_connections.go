package vpcpeering

import (
	"sync"
	"time"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// seenConnections remembers what reads by id showed. The list of the region is as old as the sweep, so that every
// reconciliation until the next one would read a new connection by its id once more.
type seenConnections struct {
	mu    sync.Mutex
	views map[seenView]seenConnection
}

type seenView struct {
	owner string
	role  peering.Role
}

type seenConnection struct {
	peering.Connection

	readAt time.Time
}

// note keeps what a read showed; nothing shown is forgotten.
func (s *seenConnections) note(view seenView, found []peering.Connection, readAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views == nil {
		s.views = map[seenView]seenConnection{}
	}
	delete(s.views, view)
	if len(found) == 1 {
		s.views[view] = seenConnection{found[0], readAt}
	}
}

// since is what a read of that time or later showed of a connection; what is older is forgotten.
func (s *seenConnections) since(view seenView, id string, notBefore time.Time) (peering.Connection, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, known := s.views[view]
	if !known || seen.ID != id || seen.readAt.Before(notBefore) {
		delete(s.views, view)
		return peering.Connection{}, false
	}
	return seen.Connection, true
}

func (s *seenConnections) forget(owner string) {
	for _, role := range peering.Roles() {
		s.note(seenView{owner, role}, nil, time.Time{})
	}
}

// recallConnection takes over what this object saw of its own connection since the list was asked for, in this sweep.
func (p *reconciliation) recallConnection() {
	id := p.request.ConnectionID
	for _, role := range peering.Roles() {
		side, since := p.snapshot.At(role), p.notBefore()
		if side.ConnectionsReadAt.After(since) {
			since = side.ConnectionsReadAt
		}
		if seen, ok := p.seenConnections.since(seenView{p.owner(), role}, id, since); ok {
			*side = side.WithConnection(id, []peering.Connection{seen})
		}
	}
	p.standIn()
}
