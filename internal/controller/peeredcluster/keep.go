package peeredcluster

import (
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// keeps: what is set in the cluster was set for an earlier PeeredCluster of this installation, as after a restore, and no VPCPeering
// has needed it since. Whether one will is not known, so it stays, and no node is touched (A11), until a
// VPCPeering needs it or the PeeredCluster is deleted.
func (c *configuration) keeps() bool {
	return c.knowsNothing() && (len(c.set()) > 0 || !c.view.Facts.Found && c.marked())
}

// knowsNothing: no VPCPeering needs anything, and none ever did as far as status knows.
func (c *configuration) knowsNothing() bool {
	return c.neverNeeded() && c.Object.DeletionTimestamp.IsZero()
}

// neverNeeded: the history begins before the first write, and with the first sight of a cluster of Cilium in which there is nothing
// of ours. A list has none (aws-node); that something was to be set for a VPCPeering is told by when that was decided.
func (s *subject) neverNeeded() bool {
	status := s.ciliumStatus()
	return len(s.Object.Status.Peerings) == 0 && len(status.History) == 0 && status.SettlingSince == nil
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

// keptNodes says how the nodes stand meanwhile. One that an earlier PeeredCluster cordoned stays so, and nobody else tells of it.
func (c *configuration) keptNodes() *verdict.Verdict {
	var held []string
	for i := range c.view.Nodes {
		if node := &c.view.Nodes[i]; node.Spec.Unschedulable && clusterview.RecordOf(node).Held() {
			held = append(held, node.Name)
		}
	}
	if len(held) > 0 {
		return new(verdict.Newf(verdict.Held, v1alpha1.ReasonBlocked,
			"An earlier PeeredCluster was renewing nodes that are still cordoned: %s. They go on when the VPCPeerings that need it are established. If none will be, delete this PeeredCluster, or uncordon them.", message.List(held)))
	}
	return new(verdict.New(verdict.NotRequired, v1alpha1.ReasonNotRequired,
		"No node is touched while it is not known which VPCPeerings need what an earlier PeeredCluster set."))
}
