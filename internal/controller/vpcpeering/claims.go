package vpcpeering

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// claims lets the VPCPeerings of a pair ask one after the other, as far as this process goes:
// of two that reconcile side by side, the second looks when the first one's request is in
// status. It also remembers who claimed a pair, since the cache shows a status late.
type claims struct {
	mu     sync.Mutex
	asking map[string]types.NamespacedName
	known  map[string]map[types.NamespacedName]bool
}

// enter reports whether the object may look for rivals of the pair, and ask; it calls leave
// at the end of its reconciliation. False: another one does so now.
func (c *claims) enter(pair string, object types.NamespacedName) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking == nil {
		c.asking, c.known = map[string]types.NamespacedName{}, map[string]map[types.NamespacedName]bool{}
	}
	if c.known[pair] == nil {
		c.known[pair] = map[types.NamespacedName]bool{}
	}
	c.known[pair][object] = true
	if holder, held := c.asking[pair]; held && holder != object {
		return false
	}
	c.asking[pair] = object
	return true
}

func (c *claims) leave(pair string, object types.NamespacedName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking[pair] == object {
		delete(c.asking, pair)
	}
}

// rivals are the others that claimed the pair.
func (c *claims) rivals(pair string, object types.NamespacedName) map[types.NamespacedName]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	others := map[types.NamespacedName]bool{}
	for name := range c.known[pair] {
		if name != object {
			others[name] = true
		}
	}
	return others
}

// forget drops an object that is gone.
func (c *claims) forget(pair string, object types.NamespacedName) {
	c.leave(pair, object)
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.known[pair], object); len(c.known[pair]) == 0 {
		delete(c.known, pair)
	}
}
