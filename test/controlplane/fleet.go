package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Options says which control planes to start. The zero value starts one, named
// "local", of etcd and kube-apiserver alone.
type Options struct {
	// Names of the clusters, each a DNS label. They share nothing but the machine.
	Names []string

	// Dir receives a folder for each cluster with its kubeconfig and its logs, which
	// stay after the end; a former run's are replaced. Empty: a temporary folder,
	// removed at the end.
	Dir string

	// Workloads adds kube-controller-manager, kube-scheduler and kwok. Without them
	// nothing makes pods of a Deployment, computes a disruption budget, collects
	// garbage, or plays a node.
	Workloads bool

	// APIServerFlags are further flags of a cluster's API server, by the cluster's name.
	APIServerFlags map[string][]string

	// NodeMonitorGracePeriod is how long a node may be silent before it is not Ready.
	// Default 50s, Kubernetes' own. kwok renews leases at a rate that fits, so longer
	// also means less idle load: 500 nodes cost 28 % of a core at the default, 6 % at 240s.
	NodeMonitorGracePeriod time.Duration

	// Progress receives what takes a while: building the programs. Default: os.Stderr.
	Progress io.Writer
}

// readyTimeout bounds the start of one cluster: some 5 seconds on a machine that does nothing else, and more than a minute beside
// the rest of the gate.
const readyTimeout = 10 * time.Minute

// Fleet is a set of running control planes.
type Fleet struct {
	dir        string
	ownsDir    bool
	lock       *os.File
	binaries   Binaries
	clusters   map[string]*Cluster
	supervisor *supervisor
	stopOnce   sync.Once
	stopErr    error
}

// Start starts the clusters side by side and returns when each serves and, with
// Workloads, reconciles. Call [Fleet.Stop] in the end; if the process ends without it,
// all is cleaned up just the same.
func Start(ctx context.Context, options Options) (*Fleet, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	binaries, err := EnsureBinaries(ctx, options.Progress)
	if err != nil {
		return nil, err
	}
	removeAbandonedFolders()
	f := &Fleet{binaries: binaries, clusters: map[string]*Cluster{}}
	if err := f.start(ctx, options); err != nil {
		return nil, errors.Join(err, f.Stop())
	}
	return f, nil
}

func (o Options) withDefaults() Options {
	if len(o.Names) == 0 {
		o.Names = []string{"local"}
	}
	if o.NodeMonitorGracePeriod == 0 {
		o.NodeMonitorGracePeriod = 50 * time.Second
	}
	if o.Progress == nil {
		o.Progress = os.Stderr
	}
	return o
}

func (o Options) validate() error {
	seen := map[string]bool{}
	for _, name := range o.Names {
		if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
			return fmt.Errorf("cluster name %q: %s", name, problems[0])
		}
		if seen[name] {
			return fmt.Errorf("cluster name %q is given twice", name)
		}
		seen[name] = true
	}
	if o.NodeMonitorGracePeriod < 10*time.Second {
		return fmt.Errorf("node monitor grace period %s: at least 10s, the node controller looks every 5s", o.NodeMonitorGracePeriod)
	}
	return nil
}

func (f *Fleet) start(ctx context.Context, options Options) error {
	if err := f.makeDir(options); err != nil {
		return err
	}
	for _, name := range options.Names {
		c, err := newCluster(f, name, options)
		if err != nil {
			return err
		}
		f.clusters[name] = c
	}
	var err error
	if f.supervisor, err = supervise(f.disposable()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, c := range f.clusters {
		group.Go(func() error { return c.start(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return f.writeMergedKubeconfig()
}

// disposable lists what shall not outlive the fleet.
func (f *Fleet) disposable() []string {
	if f.ownsDir {
		return []string{f.dir}
	}
	var paths []string
	for _, c := range f.clusters {
		paths = append(paths, c.path("etcd"), c.path("pki"))
	}
	return append(paths, filepath.Join(f.dir, lockName))
}

// Cluster returns the cluster of that name. It panics if there is none: names are constants of a test.
func (f *Fleet) Cluster(name string) *Cluster {
	c, ok := f.clusters[name]
	if !ok {
		panic(fmt.Sprintf("no control plane %q among %v", name, f.Names()))
	}
	return c
}

// Names returns the names of the clusters, sorted.
func (f *Fleet) Names() []string {
	names := make([]string, 0, len(f.clusters))
	for name := range f.clusters {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Binaries returns the programs that run, among them a kubectl of the same version.
func (f *Fleet) Binaries() Binaries { return f.binaries }

// Dir returns the folder that holds a folder for each cluster.
func (f *Fleet) Dir() string { return f.dir }

// KubeconfigPath returns a file with a context for each cluster, called like it; the administrator's.
func (f *Fleet) KubeconfigPath() string { return filepath.Join(f.dir, "kubeconfig") }

// Check returns an error, with the end of its log, if a process has ended that should run.
func (f *Fleet) Check() error {
	var errs []error
	for _, name := range f.Names() {
		errs = append(errs, f.clusters[name].check())
	}
	return errors.Join(errs...)
}

// Stop ends every process at once and removes what is not to stay. Later calls return the same.
func (f *Fleet) Stop() error {
	f.stopOnce.Do(func() { f.stopErr = f.stop() })
	return f.stopErr
}

func (f *Fleet) stop() error {
	var err error
	if f.supervisor != nil {
		err = f.supervisor.stop()
	} else if f.ownsDir {
		err = os.RemoveAll(f.dir)
	}
	for _, c := range f.clusters {
		c.release()
	}
	if f.lock != nil {
		_ = f.lock.Close()
	}
	return err
}
