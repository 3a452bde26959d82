package vpcpeering

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// Cloud is AWS as this controller needs it; *aws.Clients is one.
type Cloud interface {
	// CallerAccount asks STS which account an identity's credentials belong to.
	CallerAccount(ctx context.Context, id aws.Identity) (string, error)
	// Reader reads a region through an identity, shared by all peerings.
	Reader(id aws.Identity, region string) *aws.Reader
	// Apply makes one write.
	Apply(ctx context.Context, id aws.Identity, region string, action peering.Action) (aws.Outcome, error)
	// Release forgets what an owner wanted to be read.
	Release(owner string)
}

// Connector reaches clusters; *cluster.Connector is one.
type Connector interface {
	Connect(ctx context.Context, object *v1alpha1.PeeredCluster) (*cluster.Connection, error)
}

// Reconciler reconciles VPCPeerings.
type Reconciler struct {
	// Client reads from the cache and writes.
	client.Client
	// Live reads past the cache, where a stale answer would do harm.
	Live  client.Reader
	Cloud Cloud
	// Connector reaches clusters to run probe pods in.
	Connector Connector
	Events    events.EventRecorder
	Clock     clock.PassiveClock
	// InstallationID is the first part of the owner tag.
	InstallationID string
	// Sweep is how often an object at rest is compared with AWS.
	Sweep time.Duration
	// ProbeImage is the image of probe pods: crossvpc's own.
	ProbeImage string

	repairs  repairs
	troubles troubles
	tagged   tagged
}

// afterConflict is when to come again after somebody, or an own pass whose write
// the cache does not show yet, wrote first.
const afterConflict = 200 * time.Millisecond

// Reconcile takes one VPCPeering a step further.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	result, err := r.reconcile(ctx, request)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: afterConflict}, nil
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := &v1alpha1.VPCPeering{}
	if err := r.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	p := r.newPass(object)
	if !object.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, p)
	}
	if object.Spec.Paused {
		return ctrl.Result{}, p.reportPaused(ctx)
	}
	if err := r.ensureFinalizer(ctx, object); err != nil {
		return ctrl.Result{}, err
	}
	p = r.newPass(object) // its patches start from the object that has the finalizer
	runErr := p.run(ctx)
	if err := p.report(ctx); err != nil {
		return ctrl.Result{}, err
	}
	return p.result(), runErr
}

// ensureFinalizer is persisted before the first call to AWS, so that nothing is
// made that no deletion would remove.
func (r *Reconciler) ensureFinalizer(ctx context.Context, object *v1alpha1.VPCPeering) error {
	before := object.DeepCopy()
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.Patch(ctx, object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("adding the finalizer: %w", err)
	}
	return nil
}

// result says when to come again: at the next sweep, or sooner where a step asked.
func (p *pass) result() ctrl.Result {
	again := p.untilNextSweep()
	if p.again > 0 {
		again = min(again, p.again)
	}
	return reconcile.Result{RequeueAfter: again}
}
