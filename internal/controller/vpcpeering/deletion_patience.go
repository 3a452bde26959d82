package vpcpeering

import (
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// sinceDeletion counts from when this process first saw the deletion, by its own clock: that of
// the API server, which made the timestamp, may be behind, and all patience would be over at once.
func (p *reconciliation) sinceDeletion() time.Duration {
	return p.start.Sub(p.transientSince.of(p.deletion(), stepDeletion, p.start))
}

// deletion names this very object: one of the same name has patience of its own.
func (p *reconciliation) deletion() string { return p.owner() + "/" + string(p.object.UID) }

// stepDeletion is a step beside those that have conditions.
const stepDeletion = "Deletion"

// mayStillAppear holds for some seconds after the deletion while the record has
// routes or rules that no read has confirmed: they may have been made and not be
// shown yet (EC2 developer guide, "Eventual consistency").
func (p *reconciliation) mayStillAppear() bool {
	if p.sinceDeletion() >= unconfirmed {
		return false
	}
	for _, role := range peering.Roles() {
		made := p.sideInventory(role)
		if slices.ContainsFunc(made.Routes, func(r v1alpha1.InventoryRoutes) bool { return r.State == v1alpha1.InventoryPending }) ||
			slices.ContainsFunc(made.SecurityGroupRules, func(r v1alpha1.InventoryRule) bool { return r.State == v1alpha1.InventoryPending }) {
			return true
		}
	}
	return false
}
