package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/authenticator"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/nodesim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// Options of a Rig; the zero value is the canonical pair with 6 nodes a side.
type Options struct {
	// Alone leaves the us side without a cluster: a network that is peered.
	Alone bool
	// Nodes on each side. Default 6.
	Nodes int
	// Sources is the folder of the sources whose config/ is installed: CRDs, roles and IAM policies. Default this module's.
	Sources string
	// Chart is what is installed in both clusters; nil: the manifests of config/.
	Chart *Chart
	// Kubeconfig gives the manager a kubeconfig of the us cluster in a Secret, and no access entry.
	Kubeconfig bool
	// Bare leaves the eu side with one node and without workloads, where only the us side is measured.
	Bare bool
	// NotInstalled leaves CRDs and rights of the eu cluster to who installs them otherwise.
	NotInstalled bool
	// Untouched leaves both clusters without anything of crossvpc, as it finds them: only its roles are there, that of
	// the eu account, too.
	Untouched bool
	// Timing of the simulated AWS. Default Instant.
	Timing awssim.Timing
	// CiliumVersion of the agents on both sides. Default 1.18.4.
	CiliumVersion string
	// EditSim changes how the nodes of a side ("eu", "us") are played.
	EditSim func(side string, options *nodesim.Options)
	// Workloads of both sides. Default three Deployments with budgets.
	Workloads []nodesim.Workload
	// Dir receives logs and kubeconfigs, which stay; empty: a temporary folder.
	Dir string
	// Sweep of the manager. Default 10s.
	Sweep string
	// ManagerArgs are further flags of the manager, ManagerEnv variables of its environment.
	ManagerArgs, ManagerEnv []string
	// Race: the manager has the race detector. Not where pace or memory is measured.
	Race bool
	// NodeMonitorGracePeriod of both clusters: longer means less load by hundreds of nodes at rest. Default 50s.
	NodeMonitorGracePeriod time.Duration
	// Say is told what is being set up; nil: nobody.
	Say func(string)
}

// Side is one cluster and where it is in AWS.
type Side struct {
	Name string
	// Size is how many nodes it shall have.
	Size    int
	Network *scene.Network
	EKS     *scene.Cluster
	Cluster *controlplane.Cluster
	Nodes   *nodesim.Sim
	Kube    client.Client
}

// Rig is everything that runs.
type Rig struct {
	Options  Options
	Cloud    *awssim.Cloud
	URL      string
	Accounts *scene.Accounts
	Pair     *scene.Pair
	EU, US   *Side
	// Hub is where crossvpc runs: the eu side, until MoveHub.
	Hub     *Side
	Manager *Manager

	fleet   *controlplane.Fleet
	webhook *authenticator.Webhook
	dir     string
	// mu guards stop: both sides are set up side by side.
	mu   sync.Mutex
	stop []func() error
}

// Start sets everything up but the manager and the user's objects. Call Stop in the end.
func Start(ctx context.Context, options Options) (*Rig, error) {
	r := &Rig{Options: options.withDefaults()}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"a simulated AWS: two accounts, two regions, two VPCs", r.startAWS},
		{"two real control planes", r.startClusters},
		{"nodes, Cilium and its agents", r.startNodes},
		{"workloads with disruption budgets", r.deployWorkloads},
		{"crossvpc's CRDs and rights, from " + r.Options.origin(), r.install},
	} {
		r.Options.Say(step.what)
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("setting up %s: %w", step.what, err), r.Stop())
		}
	}
	return r, nil
}

func (o Options) withDefaults() Options {
	if o.Nodes == 0 {
		o.Nodes = 6
	}
	if o.Workloads == nil {
		o.Workloads = []nodesim.Workload{
			{Namespace: "default", Name: "shop", Replicas: 6, MaxUnavailable: 1, ReadyAfter: "500ms"},
			{Namespace: "default", Name: "cart", Replicas: 6, MaxUnavailable: 2, ReadyAfter: "500ms"},
			{Namespace: "default", Name: "stock", Replicas: 4, MaxUnavailable: 1, ReadyAfter: "500ms"},
		}
	}
	if o.Sweep == "" {
		o.Sweep = "10s"
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	return o
}

// origin is where the manifests come from.
func (o Options) origin() string {
	if o.Chart != nil {
		return "charts/crossvpc"
	}
	return "config/"
}

func (r *Rig) startAWS(ctx context.Context) error {
	r.Cloud = awssim.New(awssim.Options{Timing: r.Options.Timing})
	url, err := r.Cloud.Listen(context.WithoutCancel(ctx), "127.0.0.1:0")
	if err != nil {
		return err
	}
	r.URL, r.Accounts = url, scene.KeyPerAccount(url)
	r.Pair, err = scene.Canonical(ctx, r.Accounts)
	return err
}

func (r *Rig) startClusters(ctx context.Context) error {
	names := []string{"eu", "us"}
	if r.Options.Alone {
		names = names[:1]
	}
	var err error
	if r.dir, err = os.MkdirTemp("", "crossvpc-rig-"); err != nil {
		return err
	}
	r.onStop(func() error { return os.RemoveAll(r.dir) })
	flags, err := r.prepareWebhook(ctx)
	if err != nil {
		return err
	}
	fleet, err := controlplane.Start(ctx, controlplane.Options{
		Names: names, Dir: r.Options.Dir, Workloads: true, NodeMonitorGracePeriod: r.Options.NodeMonitorGracePeriod, APIServerFlags: flags,
	})
	if err != nil {
		return err
	}
	r.fleet = fleet
	r.onStop(fleet.Stop)
	r.EU = &Side{Name: "eu", Size: r.Options.Nodes, Network: r.Pair.Requester, Cluster: fleet.Cluster("eu")}
	if r.Options.Bare {
		r.EU.Size = 1
	}
	r.Hub = r.EU
	r.US = &Side{Name: "us", Size: r.Options.Nodes, Network: r.Pair.Accepter}
	if !r.Options.Alone {
		r.US.Cluster = fleet.Cluster("us")
	}
	return r.bothSides(func(side *Side) (err error) {
		side.Kube, err = newClient(side.Cluster)
		return err
	})
}

func newClient(cluster *controlplane.Cluster) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	return client.New(cluster.Config(), client.Options{Scheme: scheme})
}

func (r *Rig) bothSides(do func(*Side) error) error {
	var group errgroup.Group
	for _, side := range r.Sides() {
		group.Go(func() error {
			if err := do(side); err != nil {
				return fmt.Errorf("%s: %w", side.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// Sides are the sides that have a cluster, the requester first.
func (r *Rig) Sides() []*Side {
	if r.Options.Alone {
		return []*Side{r.EU}
	}
	return []*Side{r.EU, r.US}
}

// Dir is a folder for what a test's programs need; it goes with the rig.
func (r *Rig) Dir() string { return r.dir }

func (r *Rig) onStop(stop func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop = append(r.stop, stop)
}

// Stop ends everything and leaves nothing behind.
func (r *Rig) Stop() error {
	var errs []error
	for _, stop := range slices.Backward(r.stop) {
		errs = append(errs, stop())
	}
	r.stop = nil
	return errors.Join(errs...)
}
