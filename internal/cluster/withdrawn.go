package cluster

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// lastAccess is an access that somebody took away, in memory only.
type lastAccess struct {
	uid    types.UID
	access *access.Access
	since  time.Time
}

// withdrawn ends the connection of a cluster whose access somebody took away. Only the deletion of the
// PeeredCluster goes on with that access: to remove what was set through it.
func (c *Connector) withdrawn(cluster *v1alpha1.PeeredCluster, why error) (*access.Access, error) {
	if last := c.lastOf(cluster); last != nil && !cluster.DeletionTimestamp.IsZero() {
		return last, nil
	}
	c.drop(cluster.Name)
	return nil, why
}

// lastOf is the access that a cluster had until somebody took it away; nil: too long ago, or not known.
func (c *Connector) lastOf(cluster *v1alpha1.PeeredCluster) *access.Access {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, known := c.last[cluster.Name]
	if kept, connected := c.kept[cluster.Name]; connected { // it was taken away just now
		last, known = lastAccess{cluster.UID, kept.connection.access, c.clock.Now()}, true
		c.last[cluster.Name] = last
	}
	until := c.clock.Now()
	if !cluster.DeletionTimestamp.IsZero() {
		until = cluster.DeletionTimestamp.Time
	}
	if !known || last.uid != cluster.UID || until.After(last.since.Add(prunedTogether)) {
		delete(c.last, cluster.Name)
		return nil
	}
	return last.access
}
