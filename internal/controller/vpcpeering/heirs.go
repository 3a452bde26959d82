package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// claimShared writes down, before the step is judged, which rules of other VPCPeerings
// this one relies on: who removes one of them reads it, and hands it over instead. The
// rules are then read once more, in case they went in between.
func (p *reconciliation) claimShared(ctx context.Context, plans peering.Pair[peering.RulesPlan]) (bool, error) {
	claimed := false
	for _, role := range peering.Roles() {
		known := p.sideInventory(role).SharedRuleIDs
		claimed = claimed || slices.ContainsFunc(plans.At(role).Shared, func(id string) bool { return !slices.Contains(known, id) })
	}
	if !claimed {
		return false, nil
	}
	p.recordRules(plans)
	if err := p.draft.Persist(ctx); err != nil {
		return false, err
	}
	p.request.Inventory = p.object.Status.Inventory.DeepCopy()
	if err := p.observe(ctx, p.Clock.Now(), aws.Rules); err != nil {
		ctrl.LoggerFrom(ctx).Info("Cannot read rules again; the next sweep does", "error", err.Error())
	}
	return true, nil
}

// removesRules reports whether rules of ours are about to be removed.
func (p *reconciliation) removesRules() bool {
	plans := p.planRules()
	return slices.ContainsFunc(slices.Concat(plans.Requester.Actions, plans.Accepter.Actions), func(action peering.Action) bool {
		_, is := action.(peering.RevokeRules)
		return is
	})
}

// findHeirs finds the VPCPeerings that rely on rules of ours, where any are about to be
// removed. It reads past the cache: one that says Ready is never without its rule.
func (p *reconciliation) findHeirs(ctx context.Context, needed bool) error {
	if !needed || p.request.Heirs != nil {
		return nil
	}
	var others v1alpha1.VPCPeeringList
	if err := p.Live.List(ctx, &others); err != nil {
		return fmt.Errorf("listing VPCPeerings: %w", err)
	}
	p.request.Heirs = map[string]peering.Heir{}
	for i := range others.Items {
		other := &others.Items[i]
		if other.UID == p.object.UID || other.Status.Inventory == nil || !other.DeletionTimestamp.IsZero() {
			continue
		}
		for _, role := range peering.Roles() {
			shared := peering.Pick(role, other.Status.Inventory.Requester, other.Status.Inventory.Accepter).SharedRuleIDs
			for _, id := range shared {
				p.request.Heirs[id] = p.heir(other, role)
			}
		}
	}
	return nil
}

// heir is named only within our own namespace.
func (p *reconciliation) heir(other *v1alpha1.VPCPeering, role peering.Role) peering.Heir {
	tags := aws.Tags(p.InstallationID, other.Namespace, other.Name, plainTags(other.Spec.Tags))
	if peer := sideStatus(other, role.Other()); peer != nil {
		tags[v1alpha1.TagPeerVPC] = string(peer.VPCID)
	}
	name := "another VPCPeering"
	if other.Namespace == p.object.Namespace {
		name = "VPCPeering " + other.Name
	}
	return peering.Heir{Name: name, Tags: tags}
}

// notGiven drops from what failed the rules that could not be handed over: they stay, and
// are named. The right to tag them is optional.
func (p *reconciliation) notGiven(failed error) error {
	return errors.Join(slices.DeleteFunc(separate([]error{failed}), func(err error) bool {
		refused, ok := errors.AsType[*refusedAction](err)
		return ok && !passing(err) && p.keepsRules(refused.action)
	})...)
}

func (p *reconciliation) keepsRules(action peering.Action) bool {
	given, is := action.(peering.HandOverRules)
	if !is {
		return false
	}
	heirs := maps.Clone(p.request.Heirs)
	for _, id := range given.RuleIDs {
		heir := heirs[id]
		heir.Refused = true
		heirs[id] = heir
	}
	p.request.Heirs = heirs
	return true
}
