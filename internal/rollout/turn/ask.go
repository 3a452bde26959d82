package turn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Cluster is what status says of a PeeredCluster.
type Cluster struct {
	Name string
	// After are the clusters in its spec.rollout.after.
	After []string
	// Rolls: it has the turn, and others wait for it.
	Rolls bool
	// Queued is since when it waits for room; zero: it does not.
	Queued time.Time
	// Unfinished says why a cluster that comes after it has to wait: "2 of 5 nodes are up to date".
	// Empty: it need not.
	Unfinished string
}

// Question is a cluster that wants to begin, among all of the installation.
type Question struct {
	Cluster string
	All     []Cluster
	// AtOnce is how many clusters may renew nodes at once.
	AtOnce int
	Now    time.Time
}

// Answer says whether a cluster may begin, and if not, for whom it waits.
type Answer struct {
	Begins bool
	// Invalid says why spec.rollout.after can never be followed; empty: it can.
	Invalid string
	// Ordered: it waits for clusters in spec.rollout.after, and does not queue.
	Ordered bool
	// WaitsFor are those that come first, in the order in which they do.
	WaitsFor []string
	// Message is what it waits for, in one sentence, and what to do; empty where it begins.
	Message string
}

// Ask decides. The same clusters, in whatever order, give the same answer.
func Ask(q Question) Answer {
	if why := q.invalid(); why != "" {
		return Answer{Invalid: why, Ordered: true, Message: why}
	}
	if first := q.unfinished(); len(first) > 0 {
		return Answer{
			Ordered: true, WaitsFor: names(first),
			Message: "Waits for " + told(first) + ", because spec.rollout.after names " + message.Verb(len(first), "it", "them") +
				". Wait until all nodes there are up to date, or change spec.rollout.after.",
		}
	}
	rolling, queued := q.rolling(), q.queuedBefore()
	if len(rolling)+len(queued) < q.atOnce() {
		return Answer{Begins: true}
	}
	first := slices.Concat(rolling, queued)
	return Answer{WaitsFor: names(first), Message: fmt.Sprintf("Waits for %s, because at most %s %s nodes at once. To begin earlier, raise "+
		"--max-clusters-at-once of the manager, or pause that rollout (spec.rollout.paused).",
		told(first), message.Count(q.atOnce(), "cluster"), message.Verb(q.atOnce(), "renews", "renew"))}
}

func (q Question) atOnce() int { return max(q.AtOnce, 1) }

// unfinished are those in spec.rollout.after that this one waits for.
func (q Question) unfinished() []Cluster {
	var first []Cluster
	for _, name := range q.named(q.Cluster).After {
		if before := q.named(name); before.Unfinished != "" {
			first = append(first, before)
		}
	}
	return first
}

// rolling are those that have the turn now.
func (q Question) rolling() []Cluster {
	return q.sorted(func(c Cluster) bool { return c.Rolls })
}

// queuedBefore are those that have waited for room longer: who waits longest is next.
func (q Question) queuedBefore() []Cluster {
	own := q.named(q.Cluster)
	if own.Queued.IsZero() {
		own.Queued = q.Now
	}
	return q.sorted(func(c Cluster) bool { return !c.Rolls && !c.Queued.IsZero() && earlier(c, own) < 0 })
}

func (q Question) sorted(which func(Cluster) bool) []Cluster {
	var found []Cluster
	for _, c := range q.All {
		if c.Name != q.Cluster && which(c) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, earlier)
	return found
}

func earlier(a, b Cluster) int {
	return cmp.Or(a.Queued.Compare(b.Queued), cmp.Compare(a.Name, b.Name))
}

// named is a cluster by its name; the zero Cluster: there is none.
func (q Question) named(name string) Cluster {
	for _, c := range q.All {
		if c.Name == name {
			return c
		}
	}
	return Cluster{}
}

func names(clusters []Cluster) []string {
	var found []string
	for _, c := range clusters {
		found = append(found, c.Name)
	}
	return found
}

// mostTold is how many clusters a message describes; the others are counted.
const mostTold = 3

// told are the clusters with how far they are.
func told(clusters []Cluster) string {
	said := make([]string, 0, mostTold+1)
	for _, c := range clusters[:min(len(clusters), mostTold)] {
		text := c.Name
		if c.Unfinished != "" {
			text += " (" + c.Unfinished + ")"
		}
		said = append(said, text)
	}
	if more := len(clusters) - mostTold; more > 0 {
		said = append(said, fmt.Sprintf("%d more", more))
	}
	return message.Plural(len(clusters), "PeeredCluster") + " " + strings.Join(said, ", ")
}
