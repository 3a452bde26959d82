package aws

import "time"

// How long calls take, and their answers are believed.
const (
	// callTimeout bounds one attempt, without the wait for the limiter.
	callTimeout = 15 * time.Second
	// readTimeout bounds one shared read with all its pages.
	readTimeout = time.Minute
	// longestGathering bounds how long the next shared read waits for more callers.
	longestGathering = 500 * time.Millisecond
	// renewBefore the end of a session: calls in progress must not see it expire.
	renewBefore = 2 * time.Minute
)

// After AWS throttled us a bucket keeps to the low rate for the time of hold, and
// then takes the time of recovery to be back at full rate.
const (
	hold     = 30 * time.Second
	recovery = 2 * time.Minute
)

// How long an error that clears by itself may last before a person is told.
const (
	// propagation is how long a new connection may be unknown in the other region
	// or account (terraform-provider-aws#30423, boto/botocore#781).
	propagation = 5 * time.Minute
	// groupPropagation is the same for security groups.
	groupPropagation = time.Minute
	// unknownPatience is for codes that nobody knows, which are tried again, too.
	unknownPatience = 10 * time.Minute
)

// How old what was read may be.
const (
	// TopologyTTL is for what seldom changes, and decides nothing.
	TopologyTTL = 5 * time.Minute
	// subscriptionTTL is how long an owner that no longer asks is still read for. One
	// that asks again later costs a read, nothing else.
	subscriptionTTL = 15 * time.Minute
	// dnsOnTTL is for attributes that are on, which usually stay on; for one that is
	// off, dnsOffTTL, somebody waits.
	dnsOnTTL  = 5 * time.Minute
	dnsOffTTL = 30 * time.Second
	// listTTL is for prefix lists, which change seldom; for one that could not be read,
	// unreadListTTL, somebody waits.
	listTTL       = 5 * time.Minute
	unreadListTTL = time.Minute
)
