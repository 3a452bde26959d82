package sim

import (
	"slices"
	"sync"
	"time"
)

// Entry is the record of one call.
type Entry struct {
	// Sequence counts from 1 in the order in which calls ended.
	Sequence int64  `json:"sequence"`
	Service  string `json:"service"`
	Action   string `json:"action"`
	Place
	// Principal is the caller's ARN, empty when unknown.
	Principal string `json:"principal"`
	RequestID string `json:"requestID"`
	// Parameters are as sent, flat.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Status is the HTTP status, 0 when the caller got no answer.
	Status int `json:"status"`
	// Code is AWS's error code, or "OK", or the effect of the fault that ate the answer.
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
	// Fault is the id of the fault that hit this call, if any.
	Fault string `json:"fault,omitempty"`
	// Start is in simulated time, Duration in real time.
	Start    time.Time `json:"start"`
	Duration Duration  `json:"duration"`
}

// Query selects entries; empty fields select all.
type Query struct {
	Service, Action, Account, Region, Code string
	// Since selects entries with a greater sequence.
	Since int64
}

func (q Query) selects(e Entry) bool {
	return agrees(q.Service, e.Service) && agrees(q.Action, e.Action) && agrees(q.Account, e.Account) &&
		agrees(q.Region, e.Region) && agrees(q.Code, e.Code) && e.Sequence > q.Since
}

func agrees(wanted, actual string) bool { return wanted == "" || wanted == actual }

// Journal keeps the record of calls, the newest journalCapacity of them.
type Journal struct {
	mutex    sync.Mutex
	entries  []Entry
	sequence int64
}

const journalCapacity = 500_000

// Add records a call and numbers it.
func (j *Journal) Add(entry Entry) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.sequence++
	entry.Sequence = j.sequence
	if len(j.entries) >= journalCapacity {
		j.entries = slices.Delete(j.entries, 0, journalCapacity/10)
	}
	j.entries = append(j.entries, entry)
}

// Entries lists what the query selects, oldest first.
func (j *Journal) Entries(q Query) []Entry {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	selected := []Entry{}
	for _, entry := range j.entries {
		if q.selects(entry) {
			selected = append(selected, entry)
		}
	}
	return selected
}

// Clear forgets the entries; numbering goes on.
func (j *Journal) Clear() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.entries = nil
}
