package leader

import (
	"time"

	"golang.org/x/sys/unix"
)

// sinceBoot goes on while the process is stopped, and while the machine sleeps, which Go's own
// clock does not (https://github.com/golang/go/issues/24595).
func sinceBoot() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil {
		return sinceStart()
	}
	return time.Duration(now.Nano())
}
