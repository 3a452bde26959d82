package vpcpeering

import (
	"context"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// Cloud is AWS as this controller needs it; *aws.Clients is one.
type Cloud interface {
	// CallerAccount asks STS which account an identity's credentials belong to, unless somebody
	// did at notBefore or later.
	CallerAccount(ctx context.Context, id aws.Identity, notBefore time.Time) (string, error)
	// Reader reads a region through an identity, shared by all peerings.
	Reader(id aws.Identity, region string) *aws.Reader
	// Apply makes one write.
	Apply(ctx context.Context, id aws.Identity, region string, action peering.Action) (aws.Outcome, error)
	// OutstandingRequests are the ids of an account's requests for connections that nobody has
	// accepted yet, as the shared reads show them.
	OutstandingRequests(account string) []string
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
	// Admissions records what AWSIdentities admitted.
	Admissions *object.Admissions
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
	// PathInPlans judges the path in mode Plan, too: for a person who asks. The manager leaves it to those that it carries out.
	PathInPlans bool

	// Metrics is told how reconciliations end and what was repaired; nil: nobody is.
	Metrics *metrics.Recorder

	repairs        repairs
	transientSince transientSince
	recentlyTagged recentlyTagged
	// seenConnections are views of new connections, until a sweep reads them.
	seenConnections seenConnections
	claims          claims
	requests        requests
}

// Reconcile takes one VPCPeering a step further.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	kind := object.Kind[*v1alpha1.VPCPeering]{
		Reader: r.Client, Client: r.Client, Rest: r.rest, Reconcile: r.reconcile, Finalize: r.finalize,
	}
	return kind.Run(ctx, request, &v1alpha1.VPCPeering{})
}

// rest leaves a paused object alone, and says so.
func (r *Reconciler) rest(ctx context.Context, peering *v1alpha1.VPCPeering) (bool, error) {
	if !peering.Spec.Paused {
		return false, nil
	}
	p := r.newReconciliation(peering)
	if sides, resolved := pinnedSides(peering); resolved {
		// One that is paused from an earlier version on is deleted some day, too.
		if err := p.recordFormerAdmissions(ctx, sides); err != nil {
			return true, err
		}
	}
	return true, p.reportPaused(ctx)
}

func (r *Reconciler) reconcile(ctx context.Context, peering *v1alpha1.VPCPeering) (ctrl.Result, error) {
	p := r.newReconciliation(peering)
	defer p.leavePair()
	runErr := p.run(ctx)
	if err := p.report(ctx); err != nil {
		return ctrl.Result{}, err
	}
	return p.result(), runErr
}

// result comes again at the next sweep, or sooner where a step asked for it.
func (p *reconciliation) result() ctrl.Result {
	result := p.again.Result(p.untilNextSweep())
	result.Priority = new(p.priority())
	return result
}
