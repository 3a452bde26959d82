package rollout

import "time"

const (
	// evictAgain is how soon refused or pending evictions are looked at again; kubectl drain polls at the same rate.
	evictAgain = 5 * time.Second
	// backOff is how long a node whose drain was given up is left alone the first time; it doubles up to backOffMax.
	backOff    = 5 * time.Minute
	backOffMax = time.Hour
)
