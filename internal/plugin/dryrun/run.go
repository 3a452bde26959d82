package dryrun

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/eksaccount"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/controller/peeredcluster"
	"github.com/crossvpc/crossvpc/internal/controller/vpcpeering"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// Options are what whoever asks has: credentials, and names for them.
type Options struct {
	// Hub reads the cluster that crossvpc runs in.
	Hub client.Client
	// Config is how the hub is reached, and As whom he acts as instead of himself, in every cluster.
	Config *rest.Config
	As     rest.ImpersonationConfig
	// Kubeconfig is his own.
	Kubeconfig clientcmdapi.Config
	// Contexts are those of PeeredClusters, by their names.
	Contexts map[string]string
	// Profiles are those of AWSIdentities, by their names; "" is for all others.
	Profiles map[string]string
	// Installation is the installation id, which is part of the tags.
	Installation string
	// System is the namespace that crossvpc runs in.
	System string
}

// sweep is how long a read of AWS is shared: all of one run.
const sweep = time.Hour

// run is one dry run.
type run struct {
	hub      *hub
	objects  manifest.Objects
	clouds   *aws.Clients
	options  Options
	clusters *peeredcluster.Reconciler
	peerings *vpcpeering.Reconciler
	connect  *cluster.Connector

	looks map[string]*peeredcluster.Look
	// looked are the identities that the asker's credentials were compared with.
	looked map[string]bool
	// unread is what could not be looked at, by the identity or cluster that it is about.
	unread map[string]string
	// remarks are about what was looked at.
	remarks map[string][]string
}

// Plans makes the plans of all VPCPeerings of the files, as if all of the files were applied.
func Plans(ctx context.Context, options Options, objects manifest.Objects) ([]view.Plan, error) {
	r, err := newRun(ctx, options, objects)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if err := r.place(ctx); err != nil {
		return nil, err
	}
	plans := make([]view.Plan, 0, len(objects.Peerings))
	for _, peering := range objects.Peerings {
		if err := r.lookAround(ctx, peering); err != nil {
			return nil, err
		}
		plan, err := r.plan(ctx, peering)
		if err != nil {
			return nil, fmt.Errorf("planning VPCPeering %s: %w", client.ObjectKeyFromObject(peering), err)
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func newRun(ctx context.Context, options Options, objects manifest.Objects) (*run, error) {
	config, err := aws.LoadConfig(ctx, options.Installation)
	if err != nil {
		return nil, err
	}
	own, err := aws.WithProfiles(ctx, options.Profiles)
	if err != nil {
		return nil, fmt.Errorf("--aws-profile: %w", err)
	}
	r := &run{
		hub: newHub(options.Hub), objects: objects, options: options,
		clouds: aws.NewClients(config, own, aws.ReadOnly()),
		looks:  map[string]*peeredcluster.Look{}, looked: map[string]bool{}, unread: map[string]string{}, remarks: map[string][]string{},
	}
	identities := object.Identities{Reader: r.hub}
	r.connect = cluster.NewConnector(ways{
		kubeconfig: options.Kubeconfig, hub: options.Config, as: options.As, contexts: options.Contexts,
		eks: access.NewEKS(eksaccount.Accounts{Identities: identities, Clouds: r.clouds}, clock.RealClock{}),
	})
	r.connect.Fence = ReadOnly
	r.clusters = &peeredcluster.Reconciler{
		Client: r.hub, Live: r.hub, Connector: r.connect, Clouds: r.clouds, Events: silence{}, Clock: clock.RealClock{},
		InstallationID: options.Installation, Namespace: options.System, Sweep: sweep,
	}
	r.peerings = &vpcpeering.Reconciler{
		Client: r.hub, Live: r.hub, Cloud: r.clouds, Admissions: &object.Admissions{Live: r.hub, Client: r.hub}, Connector: r.connect,
		Events: silence{}, Clock: clock.RealClock{}, InstallationID: options.Installation, Sweep: sweep,
	}
	return r, nil
}

func (r *run) close() {
	for name := range r.looks {
		r.connect.Forget(name)
	}
}

// silence tells nobody of events.
type silence struct{}

// Eventf implements events.EventRecorder.
func (silence) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

var _ events.EventRecorder = silence{}
