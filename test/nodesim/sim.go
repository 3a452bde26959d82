package nodesim

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossvpc/crossvpc/test/scene"
)

// Options configure a Sim. Kubernetes, AWS and Cluster are needed.
type Options struct {
	// Kubernetes is the administrator's access to the control plane whose kwok plays the nodes.
	Kubernetes *rest.Config
	// AWS is the access of the cluster's account in its region.
	AWS aws.Config
	// Cluster is the EKS cluster whose instances become nodes.
	Cluster *scene.Cluster
	// CiliumVersion is the agents' version. Default 1.18.4.
	CiliumVersion string
	// CiliumConfig is laid over the ConfigMap cilium-config; an empty value removes a key.
	CiliumConfig map[string]string
	// FirstInterface is the number of the first interface that carries pods: 0 gives every third pod an address of the
	// node's own interface, 1 puts all pods on the second one, as Cilium's first-interface-index does.
	FirstInterface int
	// Poll is how often AWS is asked for instances. Default 250ms, and 5s with Watch.
	Poll time.Duration
	// Watch, if set, calls changed whenever something happens to an instance, until the context is done; for the
	// simulated AWS: func(ctx, changed) { cloud.OnInstance(ctx, func(awssim.InstanceEvent) { changed() }) }.
	Watch func(ctx context.Context, changed func())
	// NodeDelay is how long a running instance takes to register its node.
	NodeDelay time.Duration
	// NodeLinger is how long a node whose instance is gone stays, NotReady. Default 1s.
	NodeLinger time.Duration
	// AgentDelay is how long an agent takes from its start to being Ready or to its exit.
	AgentDelay time.Duration
	// CrashBackoff is the pause before an agent that exited starts again; it doubles up to 30 times as much.
	// Default 10s, the kubelet's.
	CrashBackoff time.Duration
	// RefuseConfig, if set, makes an agent exit at its start for reasons of the test's.
	RefuseConfig func(node string, config map[string]string) error
	// Log receives what goes wrong. Default: nothing is logged.
	Log logr.Logger
}

func (o Options) withDefaults() Options {
	if o.CiliumVersion == "" {
		o.CiliumVersion = "1.18.4"
	}
	if o.Poll == 0 && o.Watch == nil {
		o.Poll = 250 * time.Millisecond
	}
	if o.Poll == 0 {
		o.Poll = 5 * time.Second
	}
	if o.NodeLinger == 0 {
		o.NodeLinger = time.Second
	}
	if o.CrashBackoff == 0 {
		o.CrashBackoff = 10 * time.Second
	}
	if o.Log.GetSink() == nil {
		o.Log = logr.Discard()
	}
	return o
}

// Sim plays the nodes of one cluster.
type Sim struct {
	options Options
	cluster *scene.Cluster
	release release
	ec2     *ec2.Client
	// client reads through a cache, reader straight from the API server.
	client client.Client
	reader client.Reader

	mu       sync.Mutex
	machines map[string]*machine // by instance id
	held     bool
	changed  chan struct{}

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Start installs Cilium's objects in the cluster and begins to play. Call [Sim.Stop] in the end.
func Start(ctx context.Context, options Options) (*Sim, error) {
	options = options.withDefaults()
	release, err := parseRelease(options.CiliumVersion)
	if err != nil {
		return nil, err
	}
	manager, err := ctrl.NewManager(options.Kubernetes, ctrl.Options{
		Logger: options.Log.V(1), Metrics: server.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: aws.Bool(true), MaxConcurrentReconciles: 8},
		Client:     client.Options{Cache: &client.CacheOptions{Unstructured: false}},
	})
	if err != nil {
		return nil, fmt.Errorf("nodesim of %s: %w", options.Cluster.Name, err)
	}
	s := &Sim{
		options: options, cluster: options.Cluster, release: release, ec2: ec2.NewFromConfig(options.AWS),
		client: manager.GetClient(), reader: manager.GetAPIReader(), machines: map[string]*machine{}, changed: make(chan struct{}, 1),
	}
	if err := s.install(ctx); err != nil {
		return nil, fmt.Errorf("nodesim of %s: %w", s.cluster.Name, err)
	}
	if err := errors.Join(s.addAgents(manager), s.addPods(ctx, manager)); err != nil {
		return nil, fmt.Errorf("nodesim of %s: %w", s.cluster.Name, err)
	}
	return s, s.run(ctx, manager)
}

func (s *Sim) run(ctx context.Context, manager ctrl.Manager) error {
	// It plays on when the caller's context ends: Stop ends it.
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.done.Go(func() {
		if err := manager.Start(ctx); err != nil {
			s.options.Log.Error(err, "the manager ended")
		}
	})
	if !manager.GetCache().WaitForCacheSync(ctx) {
		s.Stop()
		return fmt.Errorf("nodesim of %s: the cache does not fill", s.cluster.Name)
	}
	s.done.Go(func() { s.watchInstances(ctx) })
	return nil
}

// Stop ends the play; what is in the cluster stays.
func (s *Sim) Stop() {
	s.cancel()
	s.done.Wait()
}

// HoldNewNodes keeps, while true, instances that come up from registering their nodes.
func (s *Sim) HoldNewNodes(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = hold
	s.lookSoon()
}
