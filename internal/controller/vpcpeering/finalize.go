package vpcpeering

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// finalize removes what was made, then lets the object go. It works from the
// pins in status, not from the spec: what was made is where it was made. It never
// waits for a cluster.
func (r *Reconciler) finalize(ctx context.Context, deleted *v1alpha1.VPCPeering) (ctrl.Result, error) {
	p := r.newReconciliation(deleted)
	if err := p.findForbidding(ctx); err != nil {
		return ctrl.Result{}, err
	}
	if p.object.Spec.DeletionPolicy == v1alpha1.DeletionOrphan {
		if _, err := p.resolveForTeardown(ctx); err != nil {
			return ctrl.Result{}, err
		}
		p.removeProbes(ctx)
		return p.orphan(ctx)
	}
	resolved, err := p.resolveForTeardown(ctx)
	p.removeProbes(ctx)
	p.object.Status.Verification = nil
	if err != nil {
		return ctrl.Result{}, err
	}
	if resolved.Progress != verdict.Done && !p.reachesOne() {
		return p.withoutSidesToClean(ctx, resolved)
	}
	p.step = v1alpha1.ConditionReady
	p.mayComeBack = resolved.Progress == verdict.Wait
	judged := p.tearDown(ctx)
	if judged.Progress == verdict.Done {
		return ctrl.Result{}, p.letGo(ctx, judged.Message)
	}
	if resolved.Progress != verdict.Done && !p.wasAdmitted && p.lookedWhereReached() && !peering.MadeSomething(p.request, p.snapshot) {
		return p.withoutSidesToClean(ctx, resolved)
	}
	p.verdicts[v1alpha1.ConditionReady] = judged
	if err := p.reportTeardown(ctx, judged); err != nil {
		return ctrl.Result{}, err
	}
	return p.result(), nil
}

// reachesOne reports whether there is an identity to act through, at least on one side.
func (p *reconciliation) reachesOne() bool {
	return slices.ContainsFunc(actors(p.request.Sides), func(a actor) bool { return p.resolved(a) && *p.awayOf(a) == "" })
}

// lookedWhereReached reports whether all was read of each side that can be reached: what could not be read is not gone.
func (p *reconciliation) lookedWhereReached() bool {
	return !slices.ContainsFunc(actors(p.request.Sides), func(a actor) bool {
		return p.resolved(a) && *p.awayOf(a) == "" && p.readable(a.Role)&p.kindsOf(a) != everyKind&p.kindsOf(a)
	})
}

// withoutSidesToClean waits for what may come by itself, and else lets an object go of which nothing is found.
func (p *reconciliation) withoutSidesToClean(ctx context.Context, resolved verdict.Verdict) (ctrl.Result, error) {
	if resolved.Progress == verdict.Wait {
		p.again.Within(soon)
		return p.result(), p.reportTeardown(ctx, deletingStill(resolved.Message))
	}
	return ctrl.Result{}, p.letGo(ctx, p.nothingKnown(resolved))
}

// resolveForTeardown prepares both sides from the pins. An object that has the
// finalizer and no status at all lost it, as a backup's restore does: it is
// resolved from the spec, since what was made before may still be there, and so is one
// that an identity admitted and that has no pins any more. One that was reported on and
// has no pins otherwise never made anything. Where one side is refused, the other one is
// cleaned all the same.
func (p *reconciliation) resolveForTeardown(ctx context.Context) (verdict.Verdict, error) {
	if resolved, err := p.resolvePinned(ctx); err != nil || resolved {
		return verdict.Verdict{Progress: verdict.Done}, err
	}
	if p.neverMade() {
		return verdict.Verdict{Progress: verdict.Stalled}, nil
	}
	return p.resolveIdentities(ctx)
}

// neverMade holds for an object without pins that was reported on, other than by its deletion.
func (p *reconciliation) neverMade() bool {
	ready := meta.FindStatusCondition(p.object.Status.Conditions, v1alpha1.ConditionReady)
	return ready != nil && !p.wasAdmitted && ready.Reason != v1alpha1.ReasonDeleting && ready.Reason != v1alpha1.ReasonCleanupBlocked
}

// nothingKnown is why an object without pins is released. If status was lost, what
// was made before may be in AWS still, and only a person can look.
func (p *reconciliation) nothingKnown(resolved verdict.Verdict) string {
	if p.neverMade() {
		return "Nothing was made in AWS."
	}
	note := fmt.Sprintf("Nothing is recorded as made in AWS, and crossvpc could not look there. If this VPCPeering was ever Ready, look for what carries the tag %s=%s. Cause: %s",
		v1alpha1.TagOwner, aws.Owner(p.InstallationID, p.object.Namespace, p.object.Name), message.Sentence(resolved.Message))
	p.announcer().Warn(eventLeftOver, "Delete", note)
	return note
}

// resolvePinned prepares both sides from status; false when a side was never
// resolved. A read that failed is an error: what cannot be read is not gone.
func (p *reconciliation) resolvePinned(ctx context.Context) (resolved bool, err error) {
	sides, resolved := pinnedSides(p.object)
	if !resolved {
		return false, nil
	}
	for _, a := range actors(sides) {
		if *p.credentials(a), err = p.pinnedIdentity(ctx, a); err != nil {
			return false, err
		}
	}
	for _, role := range peering.Roles() {
		if err := p.loadPinnedClusters(ctx, role); err != nil {
			return false, err
		}
	}
	if err := p.admittedAsPinned(ctx, sides); err != nil {
		return false, err
	}
	p.request = p.newRequest(sides)
	return true, nil
}

// loadPinnedClusters leaves out those that are gone, and those that do not admit the object: what
// status says is not enough to reach a cluster.
func (p *reconciliation) loadPinnedClusters(ctx context.Context, role peering.Role) error {
	for _, name := range sideStatus(p.object, role).Clusters {
		cluster := &v1alpha1.PeeredCluster{}
		if err := p.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return fmt.Errorf("reading PeeredCluster %s: %w", name, err)
		}
		admitted, err := object.Namespaces{Reader: p.Client}.Admit(ctx, cluster.Spec.AllowedNamespaces, p.object.Namespace)
		if err != nil {
			return err
		}
		if admitted {
			p.sides.At(role).clusters = append(p.sides.At(role).clusters, cluster)
		}
	}
	return nil
}

// pinnedSide is what status says a side resolved to.
func pinnedSide(object *v1alpha1.VPCPeering, role peering.Role) peering.Side {
	pinned := sideStatus(object, role)
	side := peering.Side{Role: role, Account: string(pinned.AccountID), Region: string(pinned.Region), VPC: string(pinned.VPCID), Identity: pinned.Identity}
	if groups := pinned.SecurityGroups; groups != nil {
		side.GroupsAccount, side.GroupsIdentity = string(groups.AccountID), groups.Identity
	}
	return side
}

// pinnedIdentity notes an identity that is gone: nothing can be removed through it. It
// does not ask whether the identity is Ready: see inOtherAccounts.
func (p *reconciliation) pinnedIdentity(ctx context.Context, a actor) (aws.Identity, error) {
	identity, gone, err := p.awsIdentities().Find(ctx, a.Identity, "The "+string(a.Role))
	switch {
	case err != nil:
		return aws.Identity{}, err
	case gone != nil:
		*p.awayOf(a) = fmt.Sprintf("AWSIdentity %s is gone. Create it again.", a.Identity)
		return aws.Identity{}, nil //nolint:nilerr // an identity that is gone is no failure here
	}
	return object.Credentials(identity), nil
}

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

// leaveOrphan tells the clusters to keep covering what stays. It is written
// here because the object is about to vanish from where they could read it.
func (p *reconciliation) leaveOrphan(ctx context.Context) error {
	for _, role := range peering.Roles() {
		pinned := sideStatus(p.object, role)
		if pinned == nil {
			continue
		}
		for _, name := range pinned.Clusters {
			if err := p.markOrphaned(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *reconciliation) markOrphaned(ctx context.Context, name string) error {
	cluster := &v1alpha1.PeeredCluster{}
	if err := p.Live.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
		return client.IgnoreNotFound(err)
	}
	before := cluster.DeepCopy()
	for i := range cluster.Status.Peerings {
		entry := &cluster.Status.Peerings[i]
		if p.isOwn(*entry) {
			entry.Orphaned, entry.UID = true, string(p.object.UID)
		}
	}
	err := p.Status().Patch(ctx, cluster, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("marking the peering orphaned in PeeredCluster %s: %w", name, err)
	}
	return nil
}

// letGo removes the finalizer.
func (p *reconciliation) letGo(ctx context.Context, note string) error {
	if err := object.Release(ctx, p.Client, p.object); err != nil {
		return err
	}
	if err := p.forgetAdmissions(ctx); err != nil {
		ctrl.LoggerFrom(ctx).Info("Cannot drop the recorded admissions; the AWSIdentities drop them later", "error", err.Error())
	}
	p.Cloud.Release(p.owner())
	p.claims.forget(pairOf(p.request.Sides), client.ObjectKeyFromObject(p.object))
	p.endRequest()
	p.recentlyTagged.forget(p.owner())
	p.seenConnections.forget(p.owner())
	p.repairs.forget(p.owner())
	for _, step := range append(v1alpha1.VPCPeeringSteps(), v1alpha1.ConditionReady, stepAdmissions) {
		p.transientSince.clear(p.owner(), step)
	}
	p.transientSince.clear(p.deletion(), stepDeletion)
	p.announcer().Tell(eventDeleted, "Delete", note)
	return nil
}
