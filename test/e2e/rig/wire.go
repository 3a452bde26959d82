package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/test/gobuild"
)

// Wire is the data plane beside a rig: a process that plays, with real packets and Cilium's own code, what AWS and both
// clusters have (test/dataplane/cmd/loop). The rig tells it nothing but where they are.
type Wire struct {
	url string
}

// WirePod is a pod that packets can be sent from and to.
type WirePod struct {
	// Name is CLUSTER/NAMESPACE/NAME.
	Name    string   `json:"name"`
	App     string   `json:"app"`
	Node    string   `json:"node"`
	Address string   `json:"address"`
	Rules   []string `json:"rules"`
}

// WireAnswer is what came of an HTTP request from one pod to another.
type WireAnswer struct {
	OK bool `json:"ok"`
	// Seen is the address that the server saw.
	Seen string `json:"seen"`
	// Dropped is the packet that went no further, and why.
	Dropped string `json:"dropped"`
	// Drawing shows how far it got.
	Drawing []string `json:"drawing"`
	Error   string   `json:"error"`
}

// ErrNoDataPlane says that there are no network namespaces here.
var ErrNoDataPlane = errors.New("no network namespaces here")

// exitUnavailable of the program.
const exitUnavailable = 3

// BuildWire builds the program, and the probe that its pods run, into a folder, and finds out whether it can run here. A
// cold build, with what it needs of Cilium, takes minutes, and says on progress how far it is.
func BuildWire(ctx context.Context, folder string, progress io.Writer) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w: this is %s", ErrNoDataPlane, runtime.GOOS)
	}
	root, err := Root(ctx)
	if err != nil {
		return err
	}
	for source, in := range map[string]string{"./cmd/loop": filepath.Join(root, "test", "dataplane"), "./cmd/probe": root} {
		program := gobuild.Programs{Module: in, Packages: []string{source}, Out: filepath.Join(folder, filepath.Base(source))}
		if err := program.Build(ctx, progress); err != nil {
			return err
		}
	}
	out, err := exec.CommandContext(ctx, filepath.Join(folder, "loop"), "-check").CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == exitUnavailable {
		return fmt.Errorf("%w: %s", ErrNoDataPlane, strings.TrimSpace(string(out)))
	}
	return err
}

// StartWire starts the data plane that was built into a folder; it ends with the rig.
func (r *Rig) StartWire(ctx context.Context, folder string) (*Wire, error) {
	log, err := os.OpenFile(r.WireLog(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	args := []string{"-aws", r.URL, "-probe", filepath.Join(folder, "probe")}
	for _, side := range r.Sides() {
		args = append(args, "-cluster", side.Name+"="+side.Cluster.KubeconfigPath())
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(folder, "loop"), args...)
	cmd.Stderr, cmd.SysProcAttr = log, dieWithParent()
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the data plane: %w", err), log.Close())
	}
	r.onStop(func() error {
		err := cmd.Process.Signal(syscall.SIGTERM)
		if errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		return errors.Join(err, cmd.Wait(), log.Close())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the data plane says nothing: %w", err)
	}
	return &Wire{url: strings.TrimSpace(line)}, nil
}

// WireLog is the path of its log.
func (r *Rig) WireLog() string { return filepath.Join(r.dir, "wire.log") }

// Pods lists the pods that are up in the data plane.
func (w *Wire) Pods(ctx context.Context) ([]WirePod, error) {
	var pods []WirePod
	return pods, w.call(ctx, http.MethodGet, "/pods", &pods)
}

// PodsOf lists a side's pods in a namespace, and says what is missing while the data plane has others than those that
// the cluster has running, or one of them is on its way out.
func (w *Wire) PodsOf(ctx context.Context, side *Side, namespace string) (own []WirePod, missing string, err error) {
	pods, err := w.Pods(ctx)
	if err != nil {
		return nil, "", err
	}
	var there, running []string
	for _, pod := range pods {
		if name, found := strings.CutPrefix(pod.Name, side.Name+"/"+namespace+"/"); found {
			own, there = append(own, pod), append(there, name+" "+string(corev1.PodRunning))
		}
	}
	var wanted corev1.PodList
	if err := side.Kube.List(ctx, &wanted, client.InNamespace(namespace)); err != nil {
		return nil, "", err
	}
	for i := range wanted.Items {
		pod := &wanted.Items[i]
		state := string(pod.Status.Phase)
		if pod.DeletionTimestamp != nil {
			state = "on its way out"
		}
		running = append(running, pod.Name+" "+state)
	}
	slices.Sort(there)
	slices.Sort(running)
	if len(own) == 0 || !slices.Equal(there, running) {
		missing = fmt.Sprintf("of %s the data plane has %s, and the cluster %s", side.Name, strings.Join(there, ", "), strings.Join(running, ", "))
	}
	return own, missing, nil
}

// Ask sends an HTTP request from one pod to another.
func (w *Wire) Ask(ctx context.Context, from, to string) (WireAnswer, error) {
	var answer WireAnswer
	return answer, w.call(ctx, http.MethodPost, "/ask?"+url.Values{"from": {from}, "to": {to}}.Encode(), &answer)
}

func (w *Wire) call(ctx context.Context, method, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, w.url+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("data plane: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("data plane: %s: %s", response.Status, body)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
