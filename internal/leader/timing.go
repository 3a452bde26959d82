package leader

import "time"

const (
	// LeaseDuration is controller-runtime's own, which the lease has to know.
	LeaseDuration = 15 * time.Second
	// RenewDeadline is controller-runtime's own, too: how long an acting manager tries to renew.
	RenewDeadline = 10 * time.Second
	// renewTimeout is half of what client-go gives a renewal, so that one that hangs is tried again.
	renewTimeout = RenewDeadline / 2
	// margin of the lease is left out: a request that is begun takes effect a little later.
	margin = 3 * time.Second
)
