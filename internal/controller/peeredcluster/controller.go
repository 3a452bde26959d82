package peeredcluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster"
)

// Connector reaches clusters; *cluster.Connector is one.
type Connector interface {
	Connect(ctx context.Context, object *v1alpha1.PeeredCluster) (*cluster.Connection, error)
	Forget(name string)
}

// Reconciler reconciles PeeredClusters.
type Reconciler struct {
	// Client is of the cluster that crossvpc runs in.
	client.Client
	// Live reads past the cache, where a stale answer would do harm.
	Live      client.Reader
	Connector Connector
	// Changes tells when something changed in a cluster; nil: they are looked at by time alone.
	Changes <-chan event.TypedGenericEvent[cluster.Change]
	Clouds  *aws.Clients
	Events  events.EventRecorder
	Clock   clock.PassiveClock
	// InstallationID marks what we write in clusters.
	InstallationID string
	// Namespace that crossvpc itself runs in.
	Namespace string
	// NodeName is the node that crossvpc itself runs on; empty: not known.
	NodeName string
	// Sweep is how often a cluster at rest is looked at.
	Sweep time.Duration

	// claims has PeeredClusters find out one by one which cluster is theirs.
	claims sync.Mutex
	// memories are what is remembered of each PeeredCluster.
	memories memories
}

const (
	// afterConflict is when to come again after somebody, or an own pass whose write
	// the cache does not show yet, wrote first.
	afterConflict = 200 * time.Millisecond
	// afterBehind is when to look again whether a watch shows our writes. The change
	// itself brings a pass, mostly sooner.
	afterBehind = 250 * time.Millisecond
)

// Reconcile takes one PeeredCluster a step further.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	result, err := r.reconcile(ctx, request)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: afterConflict}, nil
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	// Past the cache: the records in status decide what is started.
	object := &v1alpha1.PeeredCluster{}
	if err := r.Live.Get(ctx, request.NamespacedName, object); err != nil {
		if apierrors.IsNotFound(err) {
			r.memories.forget(request.Name)
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !object.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, r.newPass(object))
	}
	if err := r.ensureFinalizer(ctx, object); err != nil {
		return ctrl.Result{}, err
	}
	p := r.newPass(object)
	runErr := p.run(ctx)
	if errors.Is(runErr, cluster.ErrBehind) {
		return ctrl.Result{RequeueAfter: afterBehind}, nil
	}
	if err := p.report(ctx); err != nil {
		return ctrl.Result{}, err
	}
	return p.result(), runErr
}

func (r *Reconciler) ensureFinalizer(ctx context.Context, object *v1alpha1.PeeredCluster) error {
	before := object.DeepCopy()
	if !controllerutil.AddFinalizer(object, v1alpha1.Finalizer) {
		return nil
	}
	if err := r.Patch(ctx, object, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("adding the finalizer: %w", err)
	}
	return nil
}
