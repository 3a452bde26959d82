package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// finalize removes what was made, then lets the object go. It works from the
// pins in status, not from the spec: what was made is where it was made. It never
// waits for a cluster.
func (r *Reconciler) finalize(ctx context.Context, p *pass) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(p.object, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	if p.object.Spec.DeletionPolicy == v1alpha1.DeletionOrphan {
		if err := p.leaveOrphan(ctx); err != nil {
			return ctrl.Result{}, err
		}
		return ctrl.Result{}, p.letGo(ctx, "everything in AWS was left as it is (deletionPolicy: Orphan)")
	}
	resolved, err := p.resolveForTeardown(ctx)
	switch {
	case err != nil:
		return ctrl.Result{}, err
	case resolved.Progress == peering.Wait:
		p.comeAgain(soon)
		return p.result(), p.reportTeardown(ctx, resolved)
	case resolved.Progress != peering.Done:
		return ctrl.Result{}, p.letGo(ctx, "nothing was made in AWS")
	}
	verdict := p.tearDown(ctx)
	if verdict.Progress == peering.Done {
		return ctrl.Result{}, p.letGo(ctx, verdict.Message)
	}
	p.verdicts[v1alpha1.ConditionReady] = verdict
	if err := p.reportTeardown(ctx, verdict); err != nil {
		return ctrl.Result{}, err
	}
	return p.result(), nil
}

// resolveForTeardown prepares both sides from the pins. An object that has the
// finalizer and no status at all lost it, as a backup's restore does: it is
// resolved from the spec, since what was made before may still be there. One that
// was reported on and has no pins never made anything.
func (p *pass) resolveForTeardown(ctx context.Context) (peering.Verdict, error) {
	if p.resolvePinned(ctx) {
		return peering.Verdict{Progress: peering.Done}, nil
	}
	if len(p.object.Status.Conditions) > 0 {
		return peering.Verdict{Progress: peering.Stalled}, nil
	}
	return p.resolveIdentities(ctx)
}

// resolvePinned prepares both sides from status; false when a side was never
// resolved.
func (p *pass) resolvePinned(ctx context.Context) bool {
	sides := map[peering.Role]peering.Side{}
	for _, role := range peering.Roles() {
		pinned := p.sideStatus(role)
		if pinned == nil || pinned.VPCID == "" {
			return false
		}
		sides[role] = peering.Side{Role: role, Account: string(pinned.AccountID), Region: string(pinned.Region), VPC: string(pinned.VPCID), Identity: pinned.Identity}
		p.identities[role] = p.identityByName(ctx, pinned.Identity)
		for _, name := range pinned.Clusters {
			cluster := &v1alpha1.PeeredCluster{}
			if p.Get(ctx, client.ObjectKey{Name: name}, cluster) == nil {
				p.clusters[role] = append(p.clusters[role], cluster)
			}
		}
	}
	p.request = p.newRequest(peering.Sides{Requester: sides[peering.Requester], Accepter: sides[peering.Accepter]})
	return true
}

// identityByName notes an identity that is gone: nothing can be removed without it.
func (p *pass) identityByName(ctx context.Context, name string) aws.Identity {
	identity := &v1alpha1.AWSIdentity{}
	if err := p.Get(ctx, client.ObjectKey{Name: name}, identity); err != nil {
		p.goneIdentity = name
		return aws.Identity{}
	}
	return aws.Identity{Name: identity.Name, RoleARN: identity.Spec.RoleARN, ExternalID: identity.Status.ExternalID}
}

// withoutIdentity says which identity is needed to remove what was made.
func (p *pass) withoutIdentity(force bool) peering.Verdict {
	if force {
		return p.leftOver(p.recorded())
	}
	return p.stalled(v1alpha1.ReasonCleanupBlocked, "removing what was made", []string{fmt.Sprintf(
		"AWSIdentity %s is gone; create it again, or set the annotation %s: \"true\" to leave behind %s",
		p.goneIdentity, v1alpha1.AnnotationForceFinalize, strings.Join(p.recorded(), ", "))})
}

// tearDown removes in stages: routes, rules, connection. Each stage is planned
// on what was seen in this very pass. With the force annotation, what AWS refuses
// is given up and the later stages are still gone through.
func (p *pass) tearDown(ctx context.Context) peering.Verdict {
	force := p.object.Annotations[v1alpha1.AnnotationForceFinalize] == "true"
	if p.goneIdentity != "" {
		return p.withoutIdentity(force)
	}
	if err := p.observeForTeardown(ctx); err != nil {
		return p.cleanupBlocked(err, p.recorded(), force)
	}
	givenUp := map[string]bool{}
	for range mostRounds {
		plan := peering.PlanTeardown(p.request, p.snapshot).Without(givenUp)
		stage, kinds := plan.Routes, aws.RouteTables
		switch {
		case len(plan.Routes) > 0:
		case len(plan.Rules) > 0:
			stage, kinds = plan.Rules, aws.Rules
		case len(plan.Connection) > 0 && len(plan.Foreign) > 0 && !force:
			p.comeAgain(userError)
			return plan.ForeignVerdict(p.request.ConnectionID)
		case len(plan.Connection) > 0:
			stage, kinds = plan.Connection, aws.Connections
		case plan.Waiting != "" && p.request.RequestedLately:
			p.comeAgain(p.backoff())
			return peering.Verdict{Progress: peering.Wait, Reason: v1alpha1.ReasonDeleting, Message: plan.Waiting}
		case plan.Waiting != "":
			p.comeAgain(soon)
			return peering.Verdict{Progress: peering.Wait, Reason: v1alpha1.ReasonDeleting, Message: plan.Waiting}
		case p.mayStillAppear():
			p.comeAgain(soon)
			return peering.Verdict{Progress: peering.Wait, Reason: v1alpha1.ReasonDeleting, Message: "waiting for AWS to show what was being made when the deletion came"}
		default:
			return p.removed(givenUp)
		}
		refused := p.apply(ctx, stage)
		if err := p.observe(ctx, p.Clock.Now(), kinds); err != nil {
			return p.cleanupBlocked(errors.Join(refused, err), plan.Left(), force)
		}
		if refused != nil && !force {
			return p.cleanupBlocked(refused, peering.PlanTeardown(p.request, p.snapshot).Left(), force)
		}
		if refused != nil {
			for _, action := range stage {
				givenUp[action.String()] = true
			}
		}
	}
	p.comeAgain(soon)
	left := peering.PlanTeardown(p.request, p.snapshot).Left()
	return peering.Verdict{Progress: peering.Wait, Reason: v1alpha1.ReasonDeleting, Message: "still to do: " + strings.Join(left, "; ")}
}

// mayStillAppear holds for some seconds after the deletion while the record has
// routes or rules that no read has confirmed: they may have been made and not be
// shown yet (EC2 developer guide, "Eventual consistency").
func (p *pass) mayStillAppear() bool {
	if p.start.Sub(p.object.DeletionTimestamp.Time) >= unconfirmed {
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

// observeForTeardown reads rules once more when the groups are known: without a
// record, groups that are selected by tag are named by no one before. Where
// nothing is new it costs no call.
func (p *pass) observeForTeardown(ctx context.Context) error {
	if err := p.observe(ctx, p.start, aws.AllKinds); err != nil {
		return err
	}
	return p.observe(ctx, p.start, aws.Rules)
}

// removed is the end of a teardown; what was given up is in an event.
func (p *pass) removed(givenUp map[string]bool) peering.Verdict {
	left := peering.PlanTeardown(p.request, p.snapshot).Left()
	if len(givenUp) == 0 || len(left) == 0 {
		return peering.Verdict{Progress: peering.Done, Message: "everything that was made in AWS is removed"}
	}
	return p.leftOver(left)
}

func (p *pass) leftOver(left []string) peering.Verdict {
	note := "still to do: " + strings.Join(left, "; ")
	p.warn(eventLeftOver, "Delete", note)
	return peering.Verdict{Progress: peering.Done, Message: "let go by annotation; " + note}
}

// cleanupBlocked says what could not be removed. With the force annotation the
// object is let go all the same, and the leftovers are in an event.
func (p *pass) cleanupBlocked(err error, left []string, force bool) peering.Verdict {
	verdict := p.failed("removing what was made", err)
	if force {
		return p.leftOver(left)
	}
	if verdict.Progress == peering.Stalled {
		verdict.Reason = v1alpha1.ReasonCleanupBlocked
		verdict.Message = fmt.Sprintf("%s; still to do: %s; mend that, or set the annotation %s: \"true\" to leave it behind",
			verdict.Message, strings.Join(left, "; "), v1alpha1.AnnotationForceFinalize)
	}
	return verdict
}

// recorded lists the inventory and the connection by id.
func (p *pass) recorded() []string {
	var left []string
	if id := p.object.Status.PeeringConnectionID; id != "" && !p.object.Status.Adopted {
		left = append(left, "delete "+id)
	}
	for _, role := range peering.Roles() {
		for _, entry := range p.sideInventory(role).Routes {
			left = append(left, fmt.Sprintf("remove the routes to %s from %s (%s)", strings.Join(entry.Destinations, ", "), entry.RouteTableID, role))
		}
		for _, rule := range p.sideInventory(role).SecurityGroupRules {
			left = append(left, fmt.Sprintf("remove rule %s for %s from %s (%s)", rule.RuleID, rule.Source, rule.SecurityGroupID, role))
		}
	}
	if len(left) == 0 {
		return []string{"nothing that is recorded"}
	}
	return left
}

// leaveOrphan tells the clusters to go on covering what stays. It is written
// here since the object is about to vanish from where they could read it.
func (p *pass) leaveOrphan(ctx context.Context) error {
	for _, role := range peering.Roles() {
		pinned := p.sideStatus(role)
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

func (p *pass) markOrphaned(ctx context.Context, name string) error {
	cluster := &v1alpha1.PeeredCluster{}
	if err := p.Live.Get(ctx, client.ObjectKey{Name: name}, cluster); err != nil {
		return client.IgnoreNotFound(err)
	}
	before := cluster.DeepCopy()
	for i := range cluster.Status.Peerings {
		entry := &cluster.Status.Peerings[i]
		if entry.Namespace == p.object.Namespace && entry.Name == p.object.Name {
			entry.Orphaned = true
		}
	}
	err := p.Status().Patch(ctx, cluster, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if err != nil {
		return fmt.Errorf("marking the peering orphaned in PeeredCluster %s: %w", name, err)
	}
	return nil
}

// letGo removes the finalizer.
func (p *pass) letGo(ctx context.Context, note string) error {
	before := p.object.DeepCopy()
	controllerutil.RemoveFinalizer(p.object, v1alpha1.Finalizer)
	err := p.Patch(ctx, p.object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsNotFound(err) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("removing the finalizer: %w", err)
	}
	p.Cloud.Release(p.owner())
	p.Events.Eventf(p.object, nil, corev1.EventTypeNormal, eventDeleted, "Delete", "%s", shorten(note))
	return nil
}
