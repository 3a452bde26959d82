package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// orphan leaves everything in AWS. What was adopted loses our tags, so that its
// next owner finds it as it was.
func (p *reconciliation) orphan(ctx context.Context) (ctrl.Result, error) {
	p.step = v1alpha1.ConditionReady
	if p.forbidding != "" {
		judged := p.stalled(v1alpha1.ReasonCleanupBlocked, "The deletionPolicy is Orphan. "+p.forbidden()+" Set spec.deletionPolicy to Delete.")
		return p.result(), p.reportTeardown(ctx, judged)
	}
	if judged := p.disown(ctx); judged.Progress != verdict.Done {
		p.verdicts[v1alpha1.ConditionReady] = judged
		return p.result(), p.reportTeardown(ctx, judged)
	}
	if err := p.leaveOrphan(ctx); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, p.letGo(ctx, "Everything in AWS was left as it is (deletionPolicy: Orphan).")
}

// disown never blocks the deletion for long: what AWS refuses is named in an event,
// and what may clear by itself is retried for some minutes.
func (p *reconciliation) disown(ctx context.Context) verdict.Verdict {
	done := verdict.Verdict{Progress: verdict.Done}
	if p.request.Owner == "" || !peering.MayHaveAdopted(p.request) {
		return done
	}
	away := p.reasonsAway() // an identity that does not admit is away, too
	p.loseAway()
	errs := p.observeForTeardown(ctx)
	if actions := peering.PlanDisown(p.request, p.snapshot); len(actions) > 0 {
		errs = append(errs, p.apply(ctx, actions))
		errs = append(errs, p.observeEach(ctx, p.Clock.Now(), aws.Connections|aws.Rules, peering.Roles()...)...)
	}
	err := errors.Join(errs...)
	left := peering.PlanDisown(p.request, p.snapshot)
	switch {
	case err != nil && !p.mayPass(err):
		p.tagsStay(p.failed("Removing crossvpc's tags", err).Message)
		return done
	case err != nil:
		return deletingStill(p.failed("Removing crossvpc's tags", err).Message)
	case len(left) > 0:
		p.again.Within(soon)
		return deletingStill("Waiting until AWS no longer shows crossvpc's tags. Still to do: " + left[0].String() + ".")
	case len(away) > 0:
		p.tagsStay(strings.Join(away, " "))
	}
	return done
}

// tagsStay says what a person has to remove before somebody else takes it over.
func (p *reconciliation) tagsStay(why string) {
	where := strings.Join(peering.AdoptedRecord(p.request), ", ")
	if where == "" { // neither the spec nor a record names anything
		where = fmt.Sprintf("connections and group rules with the tag %s=%s", v1alpha1.TagOwner, p.request.Owner)
	}
	p.announcer().Warn(eventLeftOver, "Delete", fmt.Sprintf(
		"crossvpc's tags (networking.crossvpc.io/…) may still be on what was adopted: %s. Remove them by hand before others manage it. Cause: %s",
		where, message.Sentence(why)))
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
