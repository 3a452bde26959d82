package cluster

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// Change says that something changed in a cluster, and how soon that is worth a look.
type Change struct {
	// Cluster is the name of the PeeredCluster.
	Cluster string
	After   time.Duration
}

// mostChanges is more than there are clusters: each has one change out at most.
const mostChanges = 4096

// changes tells of a cluster's changes, once until somebody looks.
type changes struct {
	cluster string
	out     chan<- event.TypedGenericEvent[Change]

	mu      sync.Mutex
	working bool
	told    bool
}

// seen: whoever looks sees all changes until now; the next one is told again.
func (c *changes) seen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = false
}

func (c *changes) attend(working bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.working = working
}

func (c *changes) tell(k kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told || k.busy && !c.working {
		return
	}
	after := atRest
	if c.working {
		after = whileWorking
	}
	select {
	case c.out <- event.TypedGenericEvent[Change]{Object: Change{Cluster: c.cluster, After: after}}:
		c.told = true
	default: // nobody listens
	}
}

// tellNow: the cluster is no longer what it was.
func (c *changes) tellNow() {
	select {
	case c.out <- event.TypedGenericEvent[Change]{Object: Change{Cluster: c.cluster}}:
	default: // nobody listens
	}
}

// Attend says whether nodes are being worked on: then every change of a node, pod
// or budget is told at once. At rest the pods' own coming and going is not, and
// other changes are gathered for a while.
func (c *Connection) Attend(working bool) { c.changes.attend(working) }

// same is whether nothing changed of what is kept.
func same(before, after client.Object) bool {
	if before.GetGeneration() != after.GetGeneration() {
		return false
	}
	copied, ok := before.DeepCopyObject().(client.Object)
	if !ok {
		return false
	}
	copied.SetResourceVersion(after.GetResourceVersion())
	return equality.Semantic.DeepEqual(copied, after)
}
