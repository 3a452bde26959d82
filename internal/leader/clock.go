package leader

import "time"

var start = time.Now().Add(-time.Hour) // never zero

// sinceStart is Go's monotonic clock: it goes on while the process is stopped.
func sinceStart() time.Duration { return time.Since(start) }
