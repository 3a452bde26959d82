package argocd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/freeport"
)

// Namespace is where Argo CD and its Applications are.
const Namespace = "argocd"

// project lets Applications have anything, as Argo CD's own default project does.
const project = `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ["*"]
  destinations: [{namespace: "*", server: "*"}]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
stringData: {server.secretkey: of-a-test}
`

// Instance is an Argo CD that runs.
type Instance struct {
	cluster   *controlplane.Cluster
	programs  Programs
	dir       string
	processes []*exec.Cmd
}

// Start installs Argo CD's kinds and settings into a cluster, with further settings for argocd-cm from a file, and runs it
// until Stop. dir keeps its files and logs.
func Start(ctx context.Context, programs Programs, cluster *controlplane.Cluster, settings, dir string) (*Instance, error) {
	i := &Instance{cluster: cluster, programs: programs, dir: dir}
	for _, step := range []func(context.Context) error{
		i.install,
		func(ctx context.Context) error { return i.configure(ctx, settings) },
		i.run,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, i.Stop())
		}
	}
	return i, nil
}

// install applies Argo CD's own manifests.
func (i *Instance) install(ctx context.Context) error {
	theirs, err := manifests(ctx)
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"create", "namespace", Namespace},
		{"apply", "--server-side", "-k", filepath.Join(theirs, "crds")},
		{"apply", "-n", Namespace, "-k", filepath.Join(theirs, "base", "config")},
	} {
		if _, err := i.cluster.Kubectl(ctx, args...); err != nil {
			return err
		}
	}
	return i.cluster.Established(ctx)
}

// configure applies our settings as docs/gitops.md says.
func (i *Instance) configure(ctx context.Context, settings string) error {
	path := filepath.Join(i.dir, "project.yaml")
	if err := os.WriteFile(path, []byte(project), 0o600); err != nil {
		return err
	}
	if _, err := i.cluster.Kubectl(ctx, "apply", "-f", path); err != nil {
		return err
	}
	_, err := i.cluster.Kubectl(ctx, "apply", "--server-side", "--field-manager=crossvpc-health", "-n", Namespace, "-f", settings)
	return err
}

// run starts the three processes; each says in its log why it ended.
func (i *Instance) run(ctx context.Context) error {
	ports, err := freePorts(ctx, 5)
	if err != nil {
		return err
	}
	redis, repo := "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1]
	return errors.Join(
		i.start(ctx, "redis", redis),
		i.start(ctx, "argocd-repo-server", "--address=127.0.0.1", "--port="+ports[1], "--metrics-address=127.0.0.1", "--metrics-port="+ports[2],
			"--redis="+redis, "--disable-tls"),
		i.start(ctx, "argocd-application-controller", "--namespace="+Namespace, "--redis="+redis, "--repo-server="+repo,
			"--repo-server-plaintext", "--metrics-port="+ports[3], "--app-resync=10", "--app-resync-jitter=0", "--persist-resource-health"),
	)
}

func (i *Instance) start(ctx context.Context, part string, args ...string) error {
	log, err := os.Create(i.log(part))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	// It outlives the caller's context: Stop ends it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), i.programs.ArgoCD, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, i.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if cmd.Env, err = i.environment(part); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", part, err)
	}
	i.processes = append(i.processes, cmd)
	return nil
}

// environment keeps everything that Argo CD reads and writes in the instance's folder, and Helm in its path.
func (i *Instance) environment(part string) ([]string, error) {
	environment := append(os.Environ(),
		"ARGOCD_BINARY_NAME="+part, "ARGOCD_FAKE_IN_CLUSTER=true", "ARGOCD_GPG_ENABLED=false", "KUBECONFIG="+i.cluster.KubeconfigPath(),
		"PATH="+filepath.Join(i.dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	for variable, folder := range map[string]string{
		"ARGOCD_TLS_DATA_PATH": "tls", "ARGOCD_SSH_DATA_PATH": "ssh", "ARGOCD_GPG_DATA_PATH": "gpg", "ARGOCD_GNUPGHOME": "gnupg",
		"ARGOCD_PLUGINSOCKFILEPATH": "plugins", "TMPDIR": "tmp", "HELM_CACHE_HOME": "helm", "PATH": "bin",
	} {
		path := filepath.Join(i.dir, folder)
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
		if variable != "PATH" {
			environment = append(environment, variable+"="+path)
		}
	}
	helm := filepath.Join(i.dir, "bin", "helm")
	if err := os.Symlink(i.programs.Helm, helm); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return environment, nil
}

func (i *Instance) log(part string) string { return filepath.Join(i.dir, part+".log") }

// Tail is the end of the log of each process, for failures.
func (i *Instance) Tail(lines int) string {
	var tails []string
	for _, part := range []string{"argocd-repo-server", "argocd-application-controller"} {
		content, err := os.ReadFile(i.log(part))
		if err != nil {
			content = []byte(err.Error())
		}
		split := strings.Split(strings.TrimSpace(string(content)), "\n")
		tails = append(tails, part+":\n"+strings.Join(split[max(0, len(split)-lines):], "\n"))
	}
	return strings.Join(tails, "\n")
}

// Stop ends it.
func (i *Instance) Stop() error {
	for _, process := range i.processes {
		_ = process.Process.Kill()
		_ = process.Wait()
	}
	i.processes = nil
	return nil
}

// freePorts are ports that nobody listens on. Argo CD takes numbers, not listeners.
func freePorts(ctx context.Context, n int) ([]string, error) {
	ports := make([]string, n)
	for i := range ports {
		port, err := freeport.Loopback(ctx)
		if err != nil {
			return nil, err
		}
		ports[i] = strconv.Itoa(port)
	}
	return ports, nil
}
