package podrules

import "time"

// Finding is a machine-readable reason and one sentence for a person.
type Finding struct {
	Reason  string
	Message string
	// Until is when the finding ends by itself; the zero time: it does not, or nobody knows when.
	Until time.Time
}
