package driver

import "time"

const (
	// patience bounds for how long requests are begun on one node in one reconciliation, during which other nodes wait for
	// theirs.
	patience = 2 * time.Second
	// longestAnswer bounds the wait for one eviction. It is generous: a request that is cut off may have been counted
	// against its budget already, and the disruption controller then holds that back for two minutes (DeletionTimeout in
	// pkg/controller/disruption of kubernetes/kubernetes). It is bounded, because the API server answers 429 with
	// Retry-After 10 s while it has not judged a new budget yet, and client-go would wait that out up to ten times.
	longestAnswer = 5 * time.Second
	// terminateAgain is when a group is asked once more that shows the instance as if it had not been asked; it is not at
	// each reconciliation until then.
	terminateAgain = 5 * time.Second
	// fleetAge is how old what AWS said of instances may be: the reconciliations of a busy rollout come by the fifth of a
	// second, and an account's calls of Auto Scaling are few.
	fleetAge = 2 * time.Second
)
