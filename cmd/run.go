package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/cluster/eksaccount"
	"github.com/crossvpc/crossvpc/internal/cluster/guard"
	"github.com/crossvpc/crossvpc/internal/controller/awsidentity"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/controller/peeredcluster"
	"github.com/crossvpc/crossvpc/internal/controller/vpcpeering"
	"github.com/crossvpc/crossvpc/internal/heartbeat"
	"github.com/crossvpc/crossvpc/internal/leader"
	"github.com/crossvpc/crossvpc/internal/metrics"
	"github.com/crossvpc/crossvpc/internal/version"
)

// run starts the manager and returns when ctx ends.
func run(ctx context.Context, options *options) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	lease := leader.NewLease(leader.LeaseDuration, func() { end(errReplaced) })
	err := runWith(ctx, options, lease)
	if cause := context.Cause(ctx); errors.Is(cause, errReplaced) {
		return cause
	}
	return err
}

// runWith runs the manager; with an election it does nothing without the lease.
func runWith(ctx context.Context, options *options, lease *leader.Lease) error {
	if err := options.validate(); err != nil {
		return err
	}
	ctrl.Log.Info("crossvpc", "version", version.String(), "go", runtime.Version())
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster to run against: %w", err)
	}
	config.UserAgent = userAgent()
	// The API server shares itself out (API Priority and Fairness). A limit of ours would let the
	// status of one cluster wait for that of a hundred others.
	config.QPS = -1
	mgr, err := newManager(config, options, lease)
	if err != nil {
		return err
	}
	installation, err := installationID(ctx, mgr.GetAPIReader(), options)
	if err != nil {
		return err
	}
	if options.probeImage == "" {
		options.probeImage = ownImage(ctx, mgr.GetAPIReader(), options)
	}
	awsConfig, err := aws.LoadConfig(ctx, installation)
	if err != nil {
		return fmt.Errorf("loading the AWS configuration: %w", err)
	}
	if options.leaderElection {
		awsConfig.HTTPClient = lease.Doer(awsConfig.HTTPClient)
	}
	clients := aws.NewClients(awsConfig, aws.WithInstallation(installation), aws.WithObserver(metrics.NewRequests(ctrlmetrics.Registry)))
	if err := addControllers(mgr, options, installation, clients, lease); err != nil { //nolint:contextcheck // what the controllers do has the manager's own context
		return err
	}
	ctrl.Log.Info("Starting", "installation", installation, "namespace", options.namespace, "sweep", options.sweep.String())
	return mgr.Start(ctx)
}

// errReplaced ends a manager that sees another holder of its lease: it was stopped for so long that
// its successor acts.
var errReplaced = errors.New("another manager holds the leader's lease")

// userAgent names us in audit logs. Up to the slash it is the field manager of what is written
// without another name, which would be that of the binary: "manager".
func userAgent() string { return "crossvpc/" + version.String() }

func newManager(config *rest.Config, options *options, lease *leader.Lease) (ctrl.Manager, error) {
	lock, config, err := elect(config, options, lease)
	if err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                  newScheme(),
		Metrics:                 options.metrics(),
		HealthProbeBindAddress:  options.probeAddress,
		LeaderElection:          options.leaderElection,
		LeaderElectionID:        v1alpha1.LeaderLease,
		LeaderElectionNamespace: options.namespace,
		LeaseDuration:           new(leader.LeaseDuration),
		RenewDeadline:           new(leader.RenewDeadline),

		LeaderElectionResourceLockInterface: lock,
		// Released on a clean exit: the successor need not wait for the lease to run out.
		LeaderElectionReleaseOnCancel: true,
		// Nobody reads who manages which field of what is in this cache, and it is half of each object.
		Cache: cache.Options{DefaultTransform: cache.TransformStripManagedFields(), ByObject: map[client.Object]cache.ByObject{
			// Kubeconfigs are read in this one namespace only; RBAC grants no more.
			&corev1.Secret{}: {Namespaces: map[string]cache.Config{options.namespace: {}}},
			// The one that stops rollouts; its name in the request is what RBAC goes by.
			&corev1.ConfigMap{}: {Namespaces: map[string]cache.Config{options.namespace: {
				FieldSelector: fields.OneTermEqualSelector("metadata.name", v1alpha1.StopConfigMap),
			}}},
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("making the manager: %w", err)
	}
	if err := mgr.AddHealthzCheck("healthz", healthz.Ping); err != nil {
		return nil, fmt.Errorf("adding the health check: %w", err)
	}
	if err := mgr.AddReadyzCheck("readyz", healthz.Ping); err != nil {
		return nil, fmt.Errorf("adding the readiness check: %w", err)
	}
	return mgr, nil
}

// elect makes the lock of the election, and the configuration with which nothing is written
// without it; without an election neither is needed.
func elect(config *rest.Config, options *options, lease *leader.Lease) (resourcelock.Interface, *rest.Config, error) {
	if !options.leaderElection {
		return nil, config, nil
	}
	lock, err := leader.NewLock(config, options.namespace, v1alpha1.LeaderLease, lease)
	if err != nil {
		return nil, nil, err
	}
	fenced := rest.CopyConfig(config)
	fenced.Wrap(lease.Transport)
	return lock, fenced, nil
}

// installationID tells installations apart in tags: by default the cluster's own id.
func installationID(ctx context.Context, reader client.Reader, options *options) (string, error) {
	if options.installationID != "" {
		return options.installationID, nil
	}
	system := &corev1.Namespace{}
	if err := reader.Get(ctx, client.ObjectKey{Name: "kube-system"}, system); err != nil {
		return "", fmt.Errorf("reading the UID of kube-system as installation id: %w", err)
	}
	return string(system.UID), nil
}

func addControllers(mgr ctrl.Manager, options *options, installation string, clients *aws.Clients, lease *leader.Lease) error {
	kube, live := mgr.GetClient(), mgr.GetAPIReader()
	if options.leaderElection {
		kube, live = lease.Client(kube), lease.Reader(live)
	}
	told, err := metrics.Register(ctrlmetrics.Registry, metrics.Sources{
		Cache: mgr.GetClient(), Elected: mgr.Elected(), Readings: clients.Readings, Clock: clock.RealClock{},
	})
	if err != nil {
		return err
	}
	connector := cluster.NewConnector(
		access.NewLocal(mgr.GetConfig()),
		access.NewEKS(eksaccount.Accounts{Identities: object.Identities{Reader: mgr.GetClient()}, Clouds: clients}, clock.RealClock{}),
		access.NewKubeConfig(mgr.GetClient(), options.namespace),
	)
	connector.Limits = options.clusterLimits
	connector.Limits.Pool = guard.NewPool(memoryLimit() / 2)
	if options.leaderElection {
		connector.Fence = lease.Transport
	}
	recorder := object.Recorder(mgr.GetEventRecorder("crossvpc"), mgr.GetClient(), mgr.GetLogger())
	peerings := &vpcpeering.Reconciler{
		Client: kube, Live: live, Cloud: clients, Connector: connector,
		Admissions: &object.Admissions{Live: live, Client: kube},
		Events:     recorder, Clock: clock.RealClock{},
		InstallationID: installation, Sweep: options.sweep, ProbeImage: options.probeImage, Metrics: told,
	}
	clusters := &peeredcluster.Reconciler{
		Client: kube, Live: live, Clouds: clients,
		Connector: connector, Changes: connector.Changes(),
		Events: recorder, Clock: clock.RealClock{},
		InstallationID: installation, Namespace: options.namespace, NodeName: options.nodeName, Sweep: options.sweep, Metrics: told,
		MaxClustersAtOnce: options.maxClustersAtOnce,
	}
	identities := &awsidentity.Reconciler{
		Client: kube, Cloud: clients,
		Events: recorder, Clock: clock.RealClock{}, Random: rand.Float64,
		InstallationID: installation, Metrics: told,
	}
	first := &bootstrap.Runner{Live: mgr.GetAPIReader(), Client: mgr.GetClient(), Namespace: options.namespace}
	beats := &heartbeat.Runner{
		Live: live, Client: kube, Namespace: options.namespace, Holder: options.holder(), Looks: told, Clock: clock.RealClock{},
	}
	return errors.Join(mgr.Add(first), mgr.Add(beats), identities.SetupWithManager(mgr), peerings.SetupWithManager(mgr), clusters.SetupWithManager(mgr))
}
