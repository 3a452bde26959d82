package peeredcluster

import "time"

// When an object is looked at again, where nothing that is watched brings that sooner.
const (
	// afterBehind is when a watch does not show our own writes yet. The change itself
	// brings a reconciliation, mostly sooner.
	afterBehind = 250 * time.Millisecond
	// afterSteps is when to look at what the steps did: AWS tells nothing.
	afterSteps = 2 * time.Second
	// afterRolling is when to look again how far a DaemonSet got.
	afterRolling = 5 * time.Second
	// afterByHand is when to look again how far a person got.
	afterByHand = 30 * time.Second
	// afterUnreachable is when to try a cluster, or AWS, again that does not answer, where
	// nothing says how long it is left alone.
	afterUnreachable = 15 * time.Second
	// afterUsers is when to look again whether the last user is gone; a change of a
	// user brings a reconciliation sooner.
	afterUsers = 30 * time.Second
)

// How long something may take.
const (
	// mostSettling is how long peerings that are not established yet may hold a value back.
	mostSettling = 5 * time.Minute
	// afterReload is when every agent has read a changed file: the kubelet's
	// propagation takes up to 90 s (docs/facts/cilium.md#ip-masq-agent).
	afterReload = 90 * time.Second
	// unreachablePatience is how long after its deletion the object waits for a cluster that
	// does not answer: an API server that is being upgraded is back by then.
	unreachablePatience = 10 * time.Minute
)

// How old what is known may be.
const (
	// oldest is for nodes and pods when work on the next node starts, or a value is written
	// for all: as old as a list would be by the time that a reconciliation has acted on it.
	// While nodes come and go the watches say something all the time, and nothing is read for it.
	oldest = 5 * time.Second
	// templatesAge is for the versions of launch templates: a new one is noticed before the next node is begun on, mostly.
	templatesAge = 30 * time.Second
	// servicesAge is for the Service ranges: they hardly ever change.
	servicesAge = time.Hour
	// askAgain is for a permission that was denied: somebody may have granted it.
	askAgain = 5 * time.Minute
	// observedEvery is how often status says that nothing has changed.
	observedEvery = 10 * time.Minute
)
