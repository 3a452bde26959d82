package vpcpeering

import (
	"context"
	"fmt"
	"slices"

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
