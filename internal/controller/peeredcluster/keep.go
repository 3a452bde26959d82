package peeredcluster

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// keeps: what is set in the cluster was set for an earlier PeeredCluster of this installation, as after a restore, and no VPCPeering
// has needed it since. Whether one will is not known, so it stays, and no node is touched (A11), until a
// VPCPeering needs it or the PeeredCluster is deleted.
func (c *configuration) keeps() bool {
	return c.knowsNothing() && (len(c.set()) > 0 || !c.view.Facts.Found && c.marked())
}

// knowsNothing: no VPCPeering needs anything, and none ever did as far as status knows. Its history begins before the first
// write, and with the first sight of a cluster in which there is nothing of ours.
func (c *configuration) knowsNothing() bool {
	return len(c.Object.Status.Peerings) == 0 && len(c.ciliumStatus().History) == 0 && c.Object.DeletionTimestamp.IsZero()
}

// set are the backends by which something of ours is in the cluster.
func (c *configuration) set() (names []string) {
	for _, place := range c.backends().All() {
		if place.Ours() {
			names = append(names, place.Name())
		}
	}
	return names
}

// keptMessage says what stays; empty: nothing.
func (c *configuration) keptMessage() string {
	if !c.keeps() {
		return ""
	}
	by := "nodes that it worked on"
	if names := c.set(); len(names) > 0 {
		slices.Sort(names)
		by = "backend " + strings.Join(names, " and ")
	}
	return " What an earlier PeeredCluster of this installation set in the cluster (" + by + ") stays as it is until a VPCPeering that needs it is established. " +
		"If none will be, delete this PeeredCluster, which withdraws it."
}

// keptNodes says how the nodes stand meanwhile.
func keptNodes() *verdict.Verdict {
	return new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired,
		"No node is touched while it is not known which VPCPeerings need what an earlier PeeredCluster set."))
}
