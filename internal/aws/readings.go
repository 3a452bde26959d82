package aws

import (
	"maps"
	"time"
)

// Reading says when things of a kind were last read, for all who want them.
type Reading struct {
	// Identity is the name of the AWSIdentity.
	Identity string
	Account  string
	Region   string
	// Kind of thing: "VPC", "PeeringConnection", "RouteTable" or "SecurityGroup".
	Kind string
	// At is when the last read that succeeded was asked for.
	At time.Time
}

// Readings are those of identities and regions where somebody wants to know something now,
// of the kinds that every sweep reads.
func (c *Clients) Readings() []Reading {
	var all []Reading
	for id, s := range c.allSessions() {
		account := c.payer(id)
		for region, reader := range s.readersByRegion() {
			for kind, at := range reader.readAt() {
				all = append(all, Reading{Identity: id.Name, Account: account, Region: region, Kind: kind, At: at})
			}
		}
	}
	return all
}

func (c *Clients) allSessions() map[Identity]*session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.sessions)
}

func (s *session) readersByRegion() map[string]*Reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.readers)
}

// readAt is empty where nobody wants anything: nothing is read then, and nothing is too old.
func (r *Reader) readAt() map[string]time.Time {
	if len(r.subscriptions.vpcs()) == 0 {
		return nil
	}
	at := map[string]time.Time{}
	for i, e := range kindTable {
		if read := r.sources[i].readAt(); e.name != "" && !read.IsZero() {
			at[e.name] = read
		}
	}
	return at
}

// readAt is when the last read that succeeded was asked for; zero: none did yet.
func (c *sharedRead[T]) readAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		return time.Time{}
	}
	return c.last.started
}
