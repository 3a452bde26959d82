package proof

import "time"

// When EC2 is asked for interfaces.
const (
	// ConfirmedFor is how long what EC2 confirmed counts before it is asked again, and how long what no
	// proven interface has any more is kept.
	ConfirmedFor = time.Hour
	// refutedFor is when a claim that EC2 contradicted is asked for again.
	refutedFor = 5 * time.Minute
	// unseenFor is when an interface that EC2 does not show is asked for again, and lagFor how long that is
	// no contradiction: EC2 shows what is new with some delay (EC2 developer guide, "Eventual consistency").
	unseenFor = 15 * time.Second
	lagFor    = time.Minute
)
