package rig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/crossvpc/crossvpc/test/gobuild"
	"github.com/crossvpc/crossvpc/test/scene"
)

// Manager is the manager's binary as a process.
type Manager struct {
	hub *Side
	cmd *exec.Cmd
	log *os.File
	// done is closed when the process has ended, however it did.
	done chan struct{}
	once sync.Once
}

// BuildManager builds the binary as it is shipped, stripped. A cold build takes
// minutes, and says on progress how far it is; later ones take seconds.
func BuildManager(ctx context.Context, path string, progress io.Writer) error {
	return build(ctx, path, "./cmd", gobuild.Programs{Linker: []string{"-s", "-w"}}, progress)
}

// BuildPlugin builds kubectl's plugin from the sources, stripped as a release is.
func BuildPlugin(ctx context.Context, path string, progress io.Writer) error {
	return build(ctx, path, "./cmd/kubectl-crossvpc", gobuild.Programs{Linker: []string{"-s", "-w"}}, progress)
}

// BuildRacingManager builds it with the race detector: it is slower, takes more memory, and writes to its log what two
// goroutines did to one variable at a time.
func BuildRacingManager(ctx context.Context, path string, progress io.Writer) error {
	return build(ctx, path, "./cmd", gobuild.Programs{Race: true}, progress)
}

func build(ctx context.Context, path, program string, programs gobuild.Programs, progress io.Writer) error {
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	programs.Module, programs.Packages, programs.Out = root, []string{program}, path
	return programs.Build(ctx, progress)
}

// Races are the reports of the race detector in the manager's log; none without it.
func (r *Rig) Races() ([]string, error) {
	content, err := os.ReadFile(r.ManagerLog())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return RacesIn(string(content)), err
}

// RacesIn are the race detector's reports in a text (https://go.dev/doc/articles/race_detector#Report_Format).
func RacesIn(text string) []string {
	const report, end = "WARNING: DATA RACE\n", "\n=================="
	var races []string
	for _, rest := range strings.Split(text, report)[1:] {
		race, _, _ := strings.Cut(rest, end)
		races = append(races, race)
	}
	return races
}

// StartManager starts the binary with its shipped rights in the hub, and
// with the eu account's credentials. The environment is the AWS SDK's own.
func (r *Rig) StartManager(ctx context.Context, path string) error {
	kubeconfig, err := r.Hub.Cluster.ServiceAccountKubeconfig(ctx, SystemNamespace, ServiceAccount)
	if err != nil {
		return err
	}
	kubeconfigPath := filepath.Join(r.dir, "manager.kubeconfig")
	if err := os.WriteFile(kubeconfigPath, kubeconfig, 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(r.ManagerLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	// It outlives the caller's context: Stop and Kill end it.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), path, append([]string{
		"--installation-id", InstallationID, "--sweep", r.Options.Sweep,
		"--metrics-bind-address", "0", "--health-probe-bind-address", "0",
	}, r.Options.ManagerArgs...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(),
		"KUBECONFIG="+kubeconfigPath, "POD_NAMESPACE="+SystemNamespace,
		"AWS_ENDPOINT_URL="+r.URL, "AWS_REGION="+scene.RequesterRegion,
		"AWS_ACCESS_KEY_ID="+managerKey, "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_EC2_METADATA_DISABLED=true",
		"MAX_CLUSTERS_AT_ONCE=2", // both sides roll side by side, which takes half the time; who needs turns says so
	)
	cmd.Env = append(cmd.Env, r.Options.ManagerEnv...)
	cmd.SysProcAttr = dieWithParent()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the manager: %w", err)
	}
	manager := &Manager{hub: r.Hub, cmd: cmd, log: log, done: make(chan struct{})}
	go func() {
		defer close(manager.done)
		_ = cmd.Wait()
	}()
	first := r.Manager == nil || r.Manager.hub != r.Hub
	r.Manager = manager
	r.onStop(manager.Stop)
	if first {
		return r.firstObjectsMade(ctx)
	}
	return nil
}

// ManagerLog is the path of the manager's log.
func (r *Rig) ManagerLog() string { return filepath.Join(r.dir, "manager.log") }

// Stop ends the manager politely.
func (m *Manager) Stop() error { return m.end(syscall.SIGTERM) }

// Kill ends it without warning.
func (m *Manager) Kill() error { return m.end(syscall.SIGKILL) }

func (m *Manager) end(signal syscall.Signal) error {
	var err error
	m.once.Do(func() {
		if err = m.cmd.Process.Signal(signal); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		<-m.done
		err = errors.Join(err, m.log.Close())
	})
	return err
}

// Ended is closed when the process has ended, however it did.
func (m *Manager) Ended() <-chan struct{} { return m.done }

// Pause stops the process where it is, and Resume lets it go on as if nothing had been.
func (m *Manager) Pause() error { return m.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a pause.
func (m *Manager) Resume() error { return m.cmd.Process.Signal(syscall.SIGCONT) }

// PID of the manager.
func (m *Manager) PID() int { return m.cmd.Process.Pid }

// Tail is the end of the manager's log, for failures.
func (r *Rig) Tail(lines int) string {
	content, err := os.ReadFile(r.ManagerLog())
	if err != nil {
		return err.Error()
	}
	split := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return string(bytes.Join(split[max(0, len(split)-lines):], []byte("\n")))
}
