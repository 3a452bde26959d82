package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
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

// removesRules reports whether rules of ours are about to be removed, or handed over instead.
func (p *reconciliation) removesRules() bool {
	plans := p.planRules()
	return slices.ContainsFunc(slices.Concat(plans.Requester.Actions, plans.Accepter.Actions), func(action peering.Action) bool {
		switch action.(type) {
		case peering.RevokeRules, peering.HandOverRules:
			return true
		default:
			return false
		}
	})
}

// findHeirs finds the VPCPeerings that rely on rules of ours, where any are about to be
// removed. Those that may are read past the cache: one that says Ready is never without its rule.
func (p *reconciliation) findHeirs(ctx context.Context, needed bool) error {
	if !needed || p.request.Heirs != nil {
		return nil
	}
	var known v1alpha1.VPCPeeringList
	if err := p.List(ctx, &known, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return fmt.Errorf("listing VPCPeerings: %w", err)
	}
	var identities v1alpha1.AWSIdentityList
	if err := p.List(ctx, &identities, client.UnsafeDisableDeepCopy); err != nil {
		return fmt.Errorf("listing AWSIdentities: %w", err)
	}
	heirs := map[string]peering.Heir{}
	for i := range known.Items {
		if !p.mayRely(&known.Items[i]) {
			continue
		}
		other := &v1alpha1.VPCPeering{}
		if err := p.Live.Get(ctx, client.ObjectKeyFromObject(&known.Items[i]), other); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return fmt.Errorf("reading VPCPeering %s: %w", known.Items[i].Name, err)
		}
		p.addHeirs(heirs, other, identities.Items)
	}
	p.request.Heirs = heirs
	return nil
}

// mayRely reports whether another VPCPeering, as the cache shows it, relies on rules of one of our VPCs, or may be about to
// say so: one that is Ready as it is wanted, and says that it relies on none, is not. A list of all past the cache, in each of a
// thousand deletions, is what that spares.
func (p *reconciliation) mayRely(other *v1alpha1.VPCPeering) bool {
	if other.UID == p.object.UID || !other.DeletionTimestamp.IsZero() {
		return false
	}
	ready := meta.FindStatusCondition(other.Status.Conditions, v1alpha1.ConditionReady)
	settled := ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == other.Generation
	for _, role := range peering.Roles() {
		pinned, made := sideStatus(other, role), other.Status.Inventory
		switch {
		case pinned != nil && len(p.ownSides(pinned)) == 0:
		case !settled: // the cache may lag behind
			return true
		case pinned == nil || made == nil:
		case len(peering.Pick(role, made.Requester, made.Accepter).SharedRuleIDs) > 0:
			return true
		}
	}
	return false
}

// ownSides are those of ours that are in the VPC of a side of another VPCPeering.
func (p *reconciliation) ownSides(pinned *v1alpha1.SideStatus) []peering.Side {
	return slices.DeleteFunc([]peering.Side{p.request.Sides.Requester, p.request.Sides.Accepter}, func(own peering.Side) bool {
		return string(pinned.VPCID) != own.VPC || string(pinned.Region) != own.Region
	})
}

// addHeirs notes on which rules of our VPCs another VPCPeering relies.
func (p *reconciliation) addHeirs(heirs map[string]peering.Heir, other *v1alpha1.VPCPeering, identities []v1alpha1.AWSIdentity) {
	if other.Status.Inventory == nil || !other.DeletionTimestamp.IsZero() {
		return
	}
	for _, role := range peering.Roles() {
		if !p.shares(other, role, identities) {
			continue
		}
		for _, id := range peering.Pick(role, other.Status.Inventory.Requester, other.Status.Inventory.Accepter).SharedRuleIDs {
			heirs[id] = p.heir(other, role)
		}
	}
}

// shares reports whether a side of another VPCPeering is in a VPC of ours to which an identity recorded that it admitted
// it. Its own status is what its namespace may write: it would keep a rule open that nobody wants.
func (p *reconciliation) shares(other *v1alpha1.VPCPeering, role peering.Role, identities []v1alpha1.AWSIdentity) bool {
	pinned := sideStatus(other, role)
	if pinned == nil {
		return false
	}
	for _, own := range p.ownSides(pinned) {
		side := own.OfGroups()
		to := object.Place{Account: v1alpha1.AccountID(side.Account), Region: v1alpha1.Region(side.Region), VPC: v1alpha1.VPCID(side.VPC)}
		if slices.ContainsFunc(identities, func(identity v1alpha1.AWSIdentity) bool { return object.WasAdmitted(&identity, other.UID, to) }) {
			return true
		}
	}
	return false
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
// are named. The right to tag them is optional, and so is the one to take off tags of ours that the heir does not want.
func (p *reconciliation) notGiven(failed error) error {
	return errors.Join(slices.DeleteFunc(separate([]error{failed}), func(err error) bool {
		refused, ok := errors.AsType[*refusedAction](err)
		return ok && !passing(err) && p.keepsRules(refused.action)
	})...)
}

func (p *reconciliation) keepsRules(action peering.Action) bool {
	given, is := action.(peering.HandOverRules)
	if !is {
		untag, is := action.(peering.Untag)
		return is && untag.Given
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
