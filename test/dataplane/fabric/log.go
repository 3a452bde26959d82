package fabric

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Packet is the head of an IPv4 packet. Ports are those of TCP and UDP.
type Packet struct {
	Source, Destination netip.AddrPort
	Protocol            uint8
	// Flags are TCP's.
	Flags uint8
}

// Flags of TCP.
const (
	FlagSYN = 0x02
	FlagACK = 0x10
)

// Kind is what the packet does for a TCP connection.
func (p Packet) Kind() string {
	switch {
	case p.Protocol != 6:
		return fmt.Sprintf("protocol %d", p.Protocol)
	case p.Flags&(FlagSYN|FlagACK) == FlagSYN|FlagACK:
		return "SYN-ACK"
	case p.Flags&FlagSYN != 0:
		return "SYN"
	default:
		return "segment"
	}
}

func (p Packet) String() string {
	return fmt.Sprintf("%s %s -> %s", p.Kind(), p.Source, p.Destination)
}

// Sighting is a packet that was seen, or dropped, at a place.
type Sighting struct {
	Packet
	// Where it was: a node's or a VPC router's name, and the interface it came in by.
	Where, Interface string
	// Dropped says why it went no further; empty: it went on.
	Dropped string
}

// Log collects sightings of all places of a lab.
type Log struct {
	mu      sync.Mutex
	seen    []Sighting
	changed chan struct{}
}

// NewLog makes an empty log.
func NewLog() *Log { return &Log{changed: make(chan struct{})} }

// keep bounds the log where a lab runs long.
const keep = 4096

func (l *Log) add(s Sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen = append(l.seen, s); len(l.seen) > keep {
		l.seen = slices.Delete(l.seen, 0, keep/2)
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// Of lists the sightings of one connection's packets, by the port that its client chose; masquerading keeps it.
func (l *Log) Of(port uint16) []Sighting {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []Sighting
	for _, s := range l.seen {
		if s.Source.Port() == port || s.Destination.Port() == port {
			found = append(found, s)
		}
	}
	return found
}

// Forget removes what was seen of an earlier connection with this port.
func (l *Log) Forget(port uint16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = slices.DeleteFunc(l.seen, func(s Sighting) bool { return s.Source.Port() == port || s.Destination.Port() == port })
}

// Drop waits for the first packet of a connection to be dropped: the kernel's report comes a moment later.
func (l *Log) Drop(port uint16, patience time.Duration) (Sighting, bool) {
	deadline := time.After(patience)
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		for _, s := range l.Of(port) {
			if s.Dropped != "" {
				return s, true
			}
		}
		select {
		case <-changed:
		case <-deadline:
			return Sighting{}, false
		}
	}
}

func (s Sighting) String() string {
	parts := []string{s.Packet.String(), "at", s.Where}
	if s.Interface != "" {
		parts = append(parts, "from "+s.Interface)
	}
	if s.Dropped != "" {
		parts = append(parts, "dropped: "+s.Dropped)
	}
	return strings.Join(parts, " ")
}
