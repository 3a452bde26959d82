package vpcpeering

import "time"

// When to look again.
const (
	// soon is for something that AWS is working on.
	soon = 2 * time.Second
	// slowly bounds the time between looks while AWS is working.
	slowly = 15 * time.Second
	// userError is for what a person outside has to fix.
	userError = 5 * time.Minute
	// afterFailure is when probes run again that failed, if the interval is longer.
	afterFailure = time.Minute
)

// What AWS may not show yet.
const (
	// propagation is how long EC2 may take to show what was just made
	// (EC2 developer guide, "Eventual consistency").
	propagation = 5 * time.Minute
	// underWay is how long a deletion waits for a request whose answer was lost;
	// usually it shows within a second.
	underWay = time.Minute
	// unconfirmed is how long after its deletion an object waits for routes and
	// rules whose making was not confirmed.
	unconfirmed = 15 * time.Second
	// recent is how old a read may be that the first routes and rules of an object are made on.
	recent = 15 * time.Second
	// requestMoves is how long a request of ours is believed to be on its way to being accepted.
	requestMoves = 30 * time.Second
	// acceptShows is how long AWS may show an accepted request as open in a fresh read.
	acceptShows = 15 * time.Second
	// readsAreNewer is when no read counts any more that shows an accepted request as open.
	readsAreNewer = 10 * time.Minute
)

const (
	// eachRequest is how long a request takes of the queue at AWS's published rate, 5 a second (EC2
	// developer guide, "Request throttling for the EC2 API").
	eachRequest = time.Second / 5
	// glance is when to look again for what shows within seconds, as a rule; such looks share a read.
	glance = time.Second / 2
	// glancing is for how long that is done.
	glancing = 8 * time.Second
	// fightPeriod is the time within which mostRepairs are no fight.
	fightPeriod = time.Hour
	// forcePatience is how long after its deletion a forced object is still tried:
	// throttling and outages are over by then.
	forcePatience = 10 * time.Minute
	// removalTimeout bounds what a cluster that does not answer costs; its probe pods end by themselves.
	removalTimeout = 5 * time.Second
)
