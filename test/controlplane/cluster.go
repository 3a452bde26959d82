package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// Cluster is one control plane.
type Cluster struct {
	name     string
	dir      string
	group    func() int
	options  Options
	binaries Binaries
	pki      *pki
	admin    keyPair
	etcdPort port
	peerPort port
	apiPort  port

	mu        sync.Mutex
	processes map[string]*process
}

func newCluster(f *Fleet, name string, options Options) (*Cluster, error) {
	c := &Cluster{
		name: name, dir: filepath.Join(f.dir, name), options: options, binaries: f.binaries,
		group:     func() int { return f.supervisor.group() },
		processes: map[string]*process{},
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return nil, fmt.Errorf("remove a former run of cluster %s: %w", name, err)
	}
	if err := os.MkdirAll(c.path("pki"), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of cluster %s: %w", name, err)
	}
	var err error
	if c.pki, err = newPKI(c.pkiPath); err != nil {
		return nil, err
	}
	if c.admin, err = c.pki.clients.issue("admin", "system:masters"); err != nil {
		return nil, err
	}
	for _, p := range []*port{&c.etcdPort, &c.peerPort, &c.apiPort} {
		if *p, err = reservePort(); err != nil {
			return nil, err
		}
	}
	return c, c.writeFiles()
}

// Name returns the cluster's name.
func (c *Cluster) Name() string { return c.name }

// Server returns the address of the API server.
func (c *Cluster) Server() string { return c.apiPort.url() }

func (c *Cluster) path(name string) string    { return filepath.Join(c.dir, name) }
func (c *Cluster) pkiPath(name string) string { return filepath.Join(c.dir, "pki", name) }

func (c *Cluster) start(ctx context.Context) error {
	if err := c.startEtcd(ctx); err != nil {
		return err
	}
	if err := c.StartAPIServer(ctx); err != nil {
		return err
	}
	if !c.options.Workloads {
		return nil
	}
	return c.startWorkloads(ctx)
}

// Run starts a further program as part of the cluster, its log beside the others': it ends with the cluster, and
// [Fleet.Check] tells if it ended before.
func (c *Cluster) Run(name, path string, args ...string) error { return c.run(name, path, args...) }

// run starts a program as part of the cluster, in place of a former one of that name.
func (c *Cluster) run(name, path string, args ...string) error {
	p, err := startProcess(c.group(), c.dir, name, path, args...)
	if err != nil {
		return fmt.Errorf("cluster %s: %w", c.name, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.processes[name] = p
	return nil
}

// end kills a program of the cluster, if it runs.
func (c *Cluster) end(name string) {
	c.mu.Lock()
	p := c.processes[name]
	delete(c.processes, name)
	c.mu.Unlock()
	if p != nil {
		p.kill()
	}
}

// waitFor polls until ready says yes. It fails at once, with the end of its log, when a
// process of the cluster ends, and names the one waited for when the time is up.
func (c *Cluster) waitFor(ctx context.Context, what, name string, ready func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		if err := c.check(); err != nil {
			return false, err
		}
		last = ready(ctx)
		return last == nil, nil
	})
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		return fmt.Errorf("cluster %s: wait for %s: %w", c.name, what, err)
	}
	return fmt.Errorf("cluster %s: wait for %s: %w: %w; the end of the log of %s:\n%s", c.name, what, err, last, name, c.tail(name))
}

func (c *Cluster) tail(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.processes[name]; p != nil {
		return p.tail()
	}
	return ""
}

func (c *Cluster) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, p := range c.processes {
		if err := p.exited(); err != nil {
			errs = append(errs, fmt.Errorf("cluster %s: %w", c.name, err))
		}
	}
	return errors.Join(errs...)
}

// release frees the ports, once no process is left.
func (c *Cluster) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.processes {
		p.kill()
	}
	for _, p := range []port{c.etcdPort, c.peerPort, c.apiPort} {
		p.release()
	}
}
