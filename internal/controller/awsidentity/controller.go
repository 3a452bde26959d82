package awsidentity

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
)

const (
	// recheckHealthy is how often credentials that work are looked at again.
	recheckHealthy = 5 * time.Minute
	// recheckMistake is how soon after somebody fixed a trust policy it shows.
	recheckMistake = time.Minute
	// keepReady is how long credentials that worked count as working while AWS does not answer.
	keepReady = 5 * time.Minute
	// firstRetry and lastRetry bound how soon credentials are looked at again where AWS does not
	// answer: an end of the silence shows within a minute.
	firstRetry, lastRetry = time.Second, time.Minute
	// jitter spreads the rechecks of many identities, as a share of the period.
	jitter = 0.1
)

// Cloud is AWS as this controller needs it; *aws.Clients is one.
type Cloud interface {
	// Caller asks STS which account an identity's credentials belong to, and who they are.
	Caller(ctx context.Context, id aws.Identity) (account, arn string, err error)
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

	// Metrics is told how reconciliations end; nil: nobody is.
	Metrics *metrics.Recorder

	mu sync.Mutex
	// used are the credentials of the last reconciliation, by the name of the AWSIdentity.
	used map[string]aws.Identity
	// silentSince is since when AWS does not answer, by the name of the AWSIdentity.
	silentSince map[string]time.Time
	// answers are what STS said last, by the name of the AWSIdentity.
	answers map[string]answer
	// ownAccount is the operator's, once known.
	ownAccount string
}

// Reconcile looks at one AWSIdentity.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	kind := object.Kind[*v1alpha1.AWSIdentity]{Reader: r.Client, Client: r.Client, InUse: r.inUse, Reconcile: r.check, Finalize: r.finalize, Gone: r.forget}
	return kind.Run(ctx, request, &v1alpha1.AWSIdentity{})
}

func (r *Reconciler) check(ctx context.Context, identity *v1alpha1.AWSIdentity) (ctrl.Result, error) {
	draft := object.NewDraft(r.Client, identity)
	if err := r.dropAdmissions(ctx, identity); err != nil {
		return ctrl.Result{}, err
	}
	found, err := r.checkAccount(ctx, identity)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.report(ctx, draft, found); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: r.jittered(found.recheck)}, found.transient
}

func (r *Reconciler) jittered(period time.Duration) time.Duration {
	return period + time.Duration(jitter*r.Random()*float64(period))
}
