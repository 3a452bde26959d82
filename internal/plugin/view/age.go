package view

import (
	"time"

	"k8s.io/apimachinery/pkg/util/duration"
)

// Age is how long ago something was, as kubectl says it. Times are of other clocks than this machine's: where one of those is
// ahead, what is still to come was just now, and not "<invalid>".
func Age(now, then time.Time) string { return duration.HumanDuration(max(0, now.Sub(then))) }
