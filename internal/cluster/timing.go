package cluster

import "time"

// callTimeout bounds each call, so that a cluster that does not answer blocks a
// worker no longer.
const callTimeout = 10 * time.Second

// How long a cluster is left alone after attempts that failed. A silent one costs no more
// than a connection, and one that answers again must be seen within 60 s. One that answers
// with too much costs its limit each time.
const (
	firstRest     = 5 * time.Second
	longestRest   = 45 * time.Second
	firstCostly   = 30 * time.Second
	longestCostly = 4 * time.Minute
)

// prunedTogether is how long after its kubeconfig Secret a PeeredCluster may be deleted for both to count as
// one deletion: a tool that prunes them deletes one after the other, in whatever order.
const prunedTogether = 10 * time.Minute

// How soon a change is told.
const (
	// whileWorking: changes of a rollout come in swarms, and one look serves all.
	whileWorking = 200 * time.Millisecond
	// atRest a cluster changes all the time by itself.
	atRest = 5 * time.Second
)

// Watches.
const (
	// fillTimeout bounds the wait for a watch's initial list: that of thousands of
	// pods takes longer than other calls.
	fillTimeout = 3 * callTimeout
	fillPoll    = 10 * time.Millisecond
	// longestLag is how long a watch may take to show a write of ours. One that takes
	// longer stalls.
	longestLag = 10 * time.Second
	// streamLength is how long one stream of a watch lasts. The API server says
	// two seconds before its end how far it has told everything (a bookmark;
	// nextBookmarkTime in k8s.io/apiserver/pkg/storage/cacher), and at its end a new
	// stream is opened: a watch that works is never silent for longer.
	streamLength = 20 * time.Second
	// longestSilence of a watch that is relied on. What it shows may be that old
	// where the stream stalls without an error, as behind a load balancer that
	// dropped it.
	longestSilence = 2 * streamLength
)
