package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
)

// Error says why a cluster can't be used, in the words of a condition.
type Error = access.Error

// Connector makes connections to clusters and keeps them until what leads to one
// changes. It is safe for concurrent use.
type Connector struct {
	// Limits bound what each cluster may take of memory; set them before the first connection.
	Limits guard.Limits
	// Fence wraps every transport to a cluster, and may refuse to send; nil: nothing does.
	Fence func(http.RoundTripper) http.RoundTripper

	ways    []access.Way
	changes chan event.TypedGenericEvent[Change]
	clock   clock.PassiveClock

	mu       sync.Mutex
	kept     map[string]keptConnection
	attempts map[string]*attempts
	// last are accesses that somebody took away, for PeeredClusters that are deleted with them.
	last map[string]lastAccess
}

// keptConnection is a connection and what it was made from.
type keptConnection struct {
	source     string
	connection *Connection
}

// NewConnector makes a Connector that knows these ways to reach a cluster.
func NewConnector(ways ...access.Way) *Connector {
	return &Connector{
		Limits: guard.DefaultLimits(), ways: ways, clock: clock.RealClock{}, changes: make(chan event.TypedGenericEvent[Change], mostChanges),
		kept: map[string]keptConnection{}, attempts: map[string]*attempts{}, last: map[string]lastAccess{},
	}
}

// Changes tells when something changed in a cluster that is connected.
func (c *Connector) Changes() <-chan event.TypedGenericEvent[Change] { return c.changes }

// Connect gives a connection to a cluster, and asks nothing of the cluster. What
// leads to it is looked at in each call, so that a change takes effect at once.
// An [*Error] says what a person has to put right; any other error is worth another try.
func (c *Connector) Connect(ctx context.Context, cluster *v1alpha1.PeeredCluster) (*Connection, error) {
	way := c.way(cluster)
	if way == nil {
		return nil, access.Errorf(v1alpha1.ReasonNotYetSupported, nil,
			"access must name local, eks or kubeConfigSecretRef; this release knows no other way")
	}
	found, err := way.Access(ctx, cluster)
	if known, ok := errors.AsType[*Error](err); ok && known.Withdrawn {
		found, err = c.withdrawn(cluster, err)
	}
	if err != nil {
		return nil, err
	}
	if why := c.attemptsOf(cluster.Name).resting(occasion(cluster, found)); why != nil {
		return nil, why
	}
	return c.keep(cluster, found)
}

// occasion changes when somebody did something that deserves a new attempt at once.
func occasion(cluster *v1alpha1.PeeredCluster, found *access.Access) string {
	return fmt.Sprintf("%s %s %d %s", found.Source, cluster.UID, cluster.Generation, cluster.Annotations[v1alpha1.AnnotationRetry])
}

func (c *Connector) attemptsOf(name string) *attempts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.attempts[name] == nil {
		c.attempts[name] = &attempts{clock: c.clock}
	}
	return c.attempts[name]
}

func (c *Connector) way(cluster *v1alpha1.PeeredCluster) access.Way {
	for _, way := range c.ways {
		if way.Takes(cluster.Spec.Access) {
			return way
		}
	}
	return nil
}

// Forget drops everything of a cluster that was deleted.
func (c *Connector) Forget(name string) {
	c.drop(name)
	c.mu.Lock()
	delete(c.attempts, name)
	delete(c.last, name)
	c.mu.Unlock()
	for _, way := range c.ways {
		way.Forget(name)
	}
}

func (c *Connector) drop(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept[name]; ok {
		kept.connection.close()
		delete(c.kept, name)
	}
}

// keep returns the connection that was made from the same source, else a new one.
func (c *Connector) keep(cluster *v1alpha1.PeeredCluster, found *access.Access) (*Connection, error) {
	namespace := cluster.CiliumNamespace() // by whoever asks, or each would close the other's connection
	source := found.Source + " " + namespace
	tries := c.attemptsOf(cluster.Name)
	c.mu.Lock()
	defer c.mu.Unlock()
	former, ok := c.kept[cluster.Name]
	if ok && former.source == source && former.connection.account.Exceeded() == nil {
		return former.connection, nil
	}
	connection, err := newConnection(found, namespace, surroundings{
		limits: c.Limits, attempts: tries, changes: &changes{cluster: cluster.Name, out: c.changes}, clock: c.clock, fence: c.Fence,
	})
	if err != nil {
		return nil, unusable(found, err)
	}
	if ok {
		former.connection.close()
	}
	c.kept[cluster.Name] = keptConnection{source: source, connection: connection}
	return connection, nil
}

// unusable is in the way's own words where it has some: the error may quote what it
// was given.
func unusable(found *access.Access, err error) error {
	if told := found.Explain(access.Failure{Problem: access.Unusable, Server: found.Config.Host, Cause: err}); told != nil {
		return told
	}
	return err
}
