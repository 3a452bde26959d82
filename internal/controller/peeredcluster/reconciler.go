package peeredcluster

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/metrics"
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

	// MaxClustersAtOnce is how many clusters may renew nodes at once; at least 1.
	MaxClustersAtOnce int

	// Metrics is told how reconciliations end; nil: nobody is.
	Metrics *metrics.Recorder

	// claims has PeeredClusters find out one by one which cluster is theirs.
	claims sync.Mutex
	// turns has PeeredClusters ask one by one for their turn to renew nodes.
	turns sync.Mutex
	// claimants are the instances that the nodes of all clusters name.
	claimants claimants
	// memories are what is remembered of each PeeredCluster.
	memories memories
}

func (r *Reconciler) subject(read *v1alpha1.PeeredCluster) *subject {
	asked := pinCiliumNamespace(read)
	return &subject{
		askedNamespace: asked,
		Draft:          object.NewDraft(r.Client, read), events: object.Announcer{Recorder: r.Events, Object: read},
		start: r.Clock.Now(), clock: r.Clock, memory: r.memories.of(read.Name, read.UID),
		owner: cilium.Owner{InstallationID: r.InstallationID, PeeredCluster: read.Name, UID: string(read.UID)},
	}
}

func (r *Reconciler) reacher() reacher {
	return reacher{connector: r.Connector, live: r.Live, claims: &r.claims}
}

func (r *Reconciler) awsAccess() awsAccess {
	return awsAccess{clouds: r.Clouds, identities: object.Identities{Reader: r.Client}, sweep: r.Sweep}
}

func (r *Reconciler) prover() prover {
	return prover{claimants: &r.claimants, hub: r.Client, aws: r.awsAccess()}
}

func (r *Reconciler) turnGiver() turns {
	return turns{hub: r.Client, live: r.Live, atOnce: r.MaxClustersAtOnce, given: &r.turns}
}
