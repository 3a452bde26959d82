package controlplane

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// Binaries holds the path of each program of a control plane.
type Binaries struct {
	Etcd                  string
	KubeAPIServer         string
	KubeControllerManager string
	KubeScheduler         string
	Kubectl               string
	Kwok                  string
}

// program is one of them: the package that it is built from, and how an installed
// one proves its version.
type program struct {
	pkg          string
	versionArgs  []string
	wantsVersion func(pins) string
}

func kubernetesVersion(p pins) string { return p.kubernetes }

var programs = map[string]program{
	// envtest brings the etcd that upstream pins: any patch release of the same minor does.
	"etcd": {"go.etcd.io/etcd/server/v3", []string{"--version"}, func(p pins) string {
		v := strings.TrimPrefix(p.etcd, "v")
		return "etcd Version: " + v[:strings.LastIndex(v, ".")+1]
	}},
	"kube-apiserver":          {"k8s.io/kubernetes/cmd/kube-apiserver", []string{"--version"}, kubernetesVersion},
	"kube-controller-manager": {"k8s.io/kubernetes/cmd/kube-controller-manager", []string{"--version"}, kubernetesVersion},
	"kube-scheduler":          {"k8s.io/kubernetes/cmd/kube-scheduler", []string{"--version"}, kubernetesVersion},
	"kubectl":                 {"k8s.io/kubernetes/cmd/kubectl", []string{"version", "--client"}, kubernetesVersion},
	"kwok":                    {"sigs.k8s.io/kwok/cmd/kwok", []string{"--version"}, func(p pins) string { return p.kwok }},
}

// EnsureBinaries returns the programs of a control plane: those of
// $KUBEBUILDER_ASSETS that have the right version, the others from the cache
// ${XDG_CACHE_HOME:-~/.cache}/crossvpc/k8s, and what that lacks is built into it.
// A build takes about 6 minutes on 2 idle cores and needs 6 GB of memory; it says
// how far it is on progress. Processes that ask at the same time build once.
func EnsureBinaries(ctx context.Context, progress io.Writer) (Binaries, error) {
	p, err := readPins(ctx)
	if err != nil {
		return Binaries{}, err
	}
	paths := installedBinaries(ctx, os.Getenv("KUBEBUILDER_ASSETS"), p)
	if len(paths) < len(programs) {
		cached, err := cachedBinaries(ctx, p, paths, progress)
		if err != nil {
			return Binaries{}, err
		}
		maps.Copy(paths, cached)
	}
	return Binaries{
		Etcd:                  paths["etcd"],
		KubeAPIServer:         paths["kube-apiserver"],
		KubeControllerManager: paths["kube-controller-manager"],
		KubeScheduler:         paths["kube-scheduler"],
		Kubectl:               paths["kubectl"],
		Kwok:                  paths["kwok"],
	}, nil
}

// installedBinaries returns those programs in dir that say they have the version wanted.
func installedBinaries(ctx context.Context, dir string, p pins) map[string]string {
	found := map[string]string{}
	if dir == "" {
		return found
	}
	for name, prog := range programs {
		path := filepath.Join(dir, name)
		out, err := exec.CommandContext(ctx, path, prog.versionArgs...).CombinedOutput()
		if err == nil && strings.Contains(string(out), prog.wantsVersion(p)) {
			found[name] = path
		}
	}
	return found
}

// cachedBinaries returns the programs that are not in have, from the cache.
func cachedBinaries(ctx context.Context, p pins, have map[string]string, progress io.Writer) (map[string]string, error) {
	dir, err := cacheDir(p)
	if err != nil {
		return nil, err
	}
	unlock, err := lockFile(ctx, dir+".lock", progress)
	if err != nil {
		return nil, err
	}
	defer unlock()

	paths := map[string]string{}
	var missing []string
	for name := range programs {
		if have[name] != "" {
			continue
		}
		paths[name] = filepath.Join(dir, name)
		if !builtFrom(dir, name, p.stamp) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return paths, nil
	}
	slices.Sort(missing)
	return paths, build(ctx, p, missing, dir, progress)
}

func cacheDir(p pins) (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a cache for the control plane's programs: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	release := fmt.Sprintf("%s-%s-%s", strings.TrimPrefix(p.kubernetes, "v"), runtime.GOOS, runtime.GOARCH)
	dir := filepath.Join(base, "crossvpc", "k8s", release)
	return dir, os.MkdirAll(dir, 0o755)
}

// builtFrom tells whether the cache's program was built from these very pins.
func builtFrom(dir, name, stamp string) bool {
	if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
		return false
	}
	got, err := os.ReadFile(stampFile(dir, name))
	return err == nil && string(got) == stamp
}

func stampFile(dir, name string) string { return filepath.Join(dir, "."+name+".stamp") }

// lockFile waits for the exclusive lock of path, which the kernel drops with its holder.
func lockFile(ctx context.Context, path string, progress io.Writer) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the cache of the control plane's programs: %w", err)
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return func() { _ = f.Close() }, nil
	}
	_, _ = fmt.Fprintf(progress, "waiting for another process that builds the control plane's programs (%s)\n", path)
	// Polled, as a blocking flock can't be called off and would take the lock for nobody.
	err = wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(context.Context) (bool, error) {
		return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil, nil
	})
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}

// Paths returns the path of each program, sorted by name.
func (b Binaries) Paths() []string {
	return []string{b.Etcd, b.KubeAPIServer, b.KubeControllerManager, b.KubeScheduler, b.Kubectl, b.Kwok}
}
