package aws

import (
	"slices"
	"sync"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// OutstandingRequests are the ids of an account's requests for connections that nobody has accepted
// yet, whoever made them, as the last shared reads through its identities show them.
func (c *Clients) OutstandingRequests(account string) []string {
	var ids []string
	for id, s := range c.allSessions() {
		if c.payer(id) != account {
			continue
		}
		for _, reader := range s.readersByRegion() {
			ids = append(ids, reader.outstanding.of(account)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// outstanding are the open requests of the last read of connections, by the account that asks.
type outstanding struct {
	mu  sync.Mutex
	ids map[string][]string
}

func (o *outstanding) note(connections []peering.Connection) {
	ids := map[string][]string{}
	for _, connection := range connections {
		if connection.State == peering.StateInitiating || connection.State == peering.StatePending {
			account := connection.Requester.Account
			ids[account] = append(ids[account], connection.ID)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids = ids
}

func (o *outstanding) of(account string) []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[account]
}
