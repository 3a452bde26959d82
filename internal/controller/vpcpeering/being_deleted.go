package vpcpeering

import (
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// What is being deleted keeps working for those that used it before: a side that is pinned to
// it. Nothing new starts to use it, or its deletion would never end.

func (p *reconciliation) usedCluster(role peering.Role, name string) bool {
	pinned := sideStatus(p.object, role)
	return pinned != nil && slices.Contains(pinned.Clusters, name)
}

func (p *reconciliation) usedIdentity(role peering.Role, name string) bool {
	return slices.Contains(object.PinnedIdentities(sideStatus(p.object, role)), name)
}

func beingDeleted(role peering.Role, kind, name string) refusal {
	return refuse(verdict.Stalled, v1alpha1.ReasonBeingDeleted,
		"%s %s (%s) is being deleted, and nothing new starts to use it. Name another one, or create it again once it is gone.", kind, name, role)
}
