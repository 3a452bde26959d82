package awsidentity

import (
	"context"
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
)

const (
	// recheckHealthy is how often credentials that work are looked at again.
	recheckHealthy = 5 * time.Minute
	// recheckMistake is how soon after somebody mended a trust policy it shows.
	recheckMistake = time.Minute
	// jitter spreads the rechecks of many identities, as a share of the period.
	jitter = 0.1
)

// Cloud is AWS as this controller needs it; *aws.Clients is one.
type Cloud interface {
	// CallerAccount asks STS which account an identity's credentials belong to.
	CallerAccount(ctx context.Context, id aws.Identity) (string, error)
	// Forget drops the credentials of an identity that was changed or deleted.
	Forget(id aws.Identity)
}

// Reconciler reconciles AWSIdentities.
type Reconciler struct {
	// Client reads from the cache and writes.
	client.Client
	Cloud  Cloud
	Events events.EventRecorder
	Clock  clock.PassiveClock
	// Random gives numbers from 0 to 1, for the jitter of rechecks.
	Random func() float64
	// InstallationID is the first part of external ids.
	InstallationID string

	mu sync.Mutex
	// used are the credentials of the last pass, by the name of the AWSIdentity.
	used map[string]aws.Identity
	// ownAccount is the operator's, once known.
	ownAccount string
}

// Reconcile looks at one AWSIdentity.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object := &v1alpha1.AWSIdentity{}
	if err := r.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, object)
	}
	if err := r.ensureFinalizer(ctx, object); err != nil {
		return ctrl.Result{}, err
	}
	before := object.DeepCopy()
	finding, err := r.checkAccount(ctx, object)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.report(ctx, before, object, finding); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: r.jittered(finding.recheck)}, finding.transient
}

// ensureFinalizer is persisted before anybody may act through the identity.
func (r *Reconciler) ensureFinalizer(ctx context.Context, object *v1alpha1.AWSIdentity) error {
	before := object.DeepCopy()
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.Patch(ctx, object, optimistic(before)); err != nil {
		return fmt.Errorf("adding the finalizer: %w", err)
	}
	return nil
}

func (r *Reconciler) jittered(period time.Duration) time.Duration {
	return period + time.Duration(jitter*r.Random()*float64(period))
}

// optimistic patches what changed since before, if nobody else did meanwhile:
// lists are replaced as a whole.
func optimistic(before client.Object) client.Patch {
	return client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
}
