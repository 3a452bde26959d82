package peeredcluster

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// pass is one reconciliation of one object.
type pass struct {
	*Reconciler
	object *v1alpha1.PeeredCluster
	before *v1alpha1.PeeredCluster
	start  time.Time

	connection *cluster.Connection
	observed   *clusterview.View
	peerings   []v1alpha1.VPCPeering
	decision   cilium.Decision
	// undecided: the decision is an earlier one, since AWS could not be read.
	undecided bool
	// windingDown: the object is being deleted, so no further node is started on.
	windingDown bool
	// mechanism is how nodes are brought up to date in this pass.
	mechanism rollout.Choice
	memory    *memory

	configured configured
	conditions *conditions.Report
	again      time.Duration
}

func (r *Reconciler) newPass(object *v1alpha1.PeeredCluster) *pass {
	return &pass{
		Reconciler: r,
		object:     object,
		before:     object.DeepCopy(),
		start:      r.Clock.Now(),
		memory:     r.memories.of(object.Name, object.UID),
		observed:   &clusterview.View{},
		conditions: conditions.NewReport(v1alpha1.PeeredClusterSteps()...),
	}
}

// run takes the steps, and judges what they found.
func (p *pass) run(ctx context.Context) error {
	err := p.takeSteps(ctx)
	p.judgeCilium()
	return err
}

// takeSteps takes the steps in order; one that does not hold ends the pass.
func (p *pass) takeSteps(ctx context.Context) error {
	for _, step := range []struct {
		condition string
		run       func(context.Context) error
	}{
		{v1alpha1.ConditionReachable, p.reach},
		{v1alpha1.ConditionCiliumConfigured, p.decide},
		{v1alpha1.ConditionCiliumConfigured, p.writeList},
		{v1alpha1.ConditionNodesUpToDate, p.rollOut},
		{v1alpha1.ConditionNodesUpToDate, p.judgeListNodes},
		{v1alpha1.ConditionCiliumConfigured, p.keepCIDRGroups},
	} {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.condition, err)
		}
		if p.conditions.Stops(v1alpha1.ConditionReachable) {
			return nil
		}
	}
	return nil
}

func (p *pass) comeAgain(d time.Duration) {
	if d > 0 && (p.again == 0 || d < p.again) {
		p.again = d
	}
}

func (p *pass) result() ctrl.Result {
	again := p.Sweep
	if p.again > 0 {
		again = min(again, p.again)
	}
	return ctrl.Result{RequeueAfter: again}
}

func (p *pass) report(ctx context.Context) error {
	was := p.before.Status.DeepCopy().Conditions
	if p.object.Spec.Rollout.Strategy == v1alpha1.RolloutOnDelete {
		p.conditions.Uncount(v1alpha1.ConditionNodesUpToDate)
	}
	p.conditions.Apply(p.object, p.Clock.Now())
	if err := p.persist(ctx); err != nil {
		return err
	}
	p.announce(was)
	return nil
}

// persist writes status now, as the record of what is about to be done.
func (p *pass) persist(ctx context.Context) error {
	if equality.Semantic.DeepEqual(p.before.Status, p.object.Status) {
		return nil
	}
	after := p.object.DeepCopy()
	if err := p.Status().Patch(ctx, after, client.MergeFromWithOptions(p.before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("writing status: %w", err)
	}
	p.object.ResourceVersion = after.ResourceVersion
	p.before = after
	return nil
}

// ciliumStatus gives status.cilium to be changed.
func (p *pass) ciliumStatus() *v1alpha1.CiliumStatus {
	if p.object.Status.Cilium == nil {
		p.object.Status.Cilium = &v1alpha1.CiliumStatus{}
	}
	return p.object.Status.Cilium
}

func (p *pass) owner() cilium.Owner {
	return cilium.Owner{InstallationID: p.InstallationID, PeeredCluster: p.object.Name, UID: string(p.object.UID)}
}
