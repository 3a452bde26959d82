package access

import "time"

const (
	// dialTimeout is that of internal/cluster/guard: whoever does not answer by then is far away or silent.
	dialTimeout = 3 * time.Second
	// keepAlive is client-go's own for connections of TCP.
	keepAlive = 30 * time.Second
	// rereadAfter is how old an endpoint and CA may be. EKS changes both seldom, and after
	// a connection that does not verify they are read at once.
	rereadAfter = 10 * time.Minute
	// refusalHolds is how long a refusal is not looked into again: all watches of a cluster
	// are refused at once, and each new token makes the cluster ask STS.
	refusalHolds = 10 * time.Second
	// mostSkew is how far the operator's clock may be off before that is named as the
	// cause; a token lives for 15 minutes from the time that its maker's clock showed.
	mostSkew = 2 * time.Minute
	// lookupTimeout is short: a name that only the proxy knows is no mistake.
	lookupTimeout = 2 * time.Second
)
