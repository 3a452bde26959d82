package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fault is what befalls a pod in place of running its program; it reports whether it
// dealt with the pod.
type fault func(k *kubelet, pod *corev1.Pod) bool

// kubelet binds the pods of a namespace and runs the real program of each, on an
// address of its own on the loopback interface. Only it writes pods' status.
type kubelet struct {
	t       *testing.T
	kube    client.Client
	program string
	// network is the beginning of its pods' addresses: 127.11.4
	network string

	mu      sync.Mutex
	fault   fault
	known   map[string]bool
	started int
	running sync.WaitGroup
}

var build struct {
	once   sync.Once
	folder string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if build.folder != "" {
		_ = os.RemoveAll(build.folder)
	}
	os.Exit(code)
}

// probeProgram builds cmd/probe once.
func probeProgram(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		build.folder, build.err = os.MkdirTemp("", "crossvpc-probe-") //nolint:usetesting // it serves all tests, and outlives the first
		if build.err != nil {
			return
		}
		output, err := exec.Command("go", "build", "-o", build.folder, "../../../cmd/probe").CombinedOutput()
		if err != nil {
			build.err = fmt.Errorf("%w: %s", err, output)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return filepath.Join(build.folder, "probe")
}

func startKubelet(t *testing.T, kube client.Client, network string) *kubelet {
	t.Helper()
	k := &kubelet{t: t, kube: kube, program: probeProgram(t), network: network, known: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	k.running.Go(func() { k.loop(ctx) })
	t.Cleanup(func() {
		cancel()
		k.running.Wait()
	})
	return k
}

func (k *kubelet) loop(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var pods corev1.PodList
		if err := k.kube.List(ctx, &pods, client.InNamespace(defaultProbeNamespace)); err != nil {
			continue
		}
		for i := range pods.Items {
			k.take(ctx, &pods.Items[i])
		}
	}
}

// take starts a pod that it did not start yet, and lets go one that was bound and is
// to be deleted, as only a kubelet may.
func (k *kubelet) take(ctx context.Context, pod *corev1.Pod) {
	if pod.DeletionTimestamp != nil {
		_ = k.kube.Delete(ctx, pod, client.GracePeriodSeconds(0))
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known[string(pod.UID)] {
		return
	}
	k.known[string(pod.UID)] = true
	if k.fault != nil && k.fault(k, pod) {
		return
	}
	k.run(ctx, pod)
}

// dealtWith waits until it took these pods.
func (k *kubelet) dealtWith(pods []corev1.Pod) {
	k.t.Helper()
	err := wait.PollUntilContextTimeout(k.t.Context(), 20*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		return !slices.ContainsFunc(pods, func(p corev1.Pod) bool { return !k.known[string(p.UID)] }), nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *kubelet) breakWith(f fault) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault = f
}

// bind places the pod where its affinity says, as the scheduler does.
func (k *kubelet) bind(ctx context.Context, pod *corev1.Pod) {
	node := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0]
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}, Target: corev1.ObjectReference{Kind: "Node", Name: node}}
	err := k.kube.SubResource("binding").Create(ctx, pod, binding)
	gone := apierrors.IsNotFound(err) || apierrors.IsConflict(err) // deleted meanwhile
	if err != nil && !gone && ctx.Err() == nil {
		k.t.Errorf("binding %s: %v", pod.Name, err)
	}
}

// address gives the next pod its address.
func (k *kubelet) address() string {
	k.started++
	return fmt.Sprintf("%s.%d", k.network, k.started)
}

func (k *kubelet) run(ctx context.Context, pod *corev1.Pod) {
	k.bind(ctx, pod)
	k.runAt(ctx, pod, k.address(), nil)
}

// runAt runs the pod's program; listen tells it another address than the pod's own.
func (k *kubelet) runAt(ctx context.Context, pod *corev1.Pod, address string, listen func(string) string) {
	container := pod.Spec.Containers[0]
	log := filepath.Join(k.t.TempDir(), pod.Name)
	args := []string{container.Command[1], "--termination-log=" + log}
	for _, arg := range container.Args {
		// Every pod of the test has the host's ports: it listens on its own address only.
		if port, ok := strings.CutPrefix(arg, "--listen=:"); ok {
			on := net.JoinHostPort(address, port)
			if listen != nil {
				on = listen(on)
			}
			arg = "--listen=" + on
		}
		args = append(args, arg)
	}
	command := exec.CommandContext(ctx, k.program, append(args, k.impatience(container.Command[1])...)...)
	if err := command.Start(); err != nil {
		k.t.Errorf("starting %s: %v", pod.Name, err)
		return
	}
	k.report(ctx, pod, corev1.PodRunning, address, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}})
	k.running.Go(func() {
		err := command.Wait()
		message, _ := os.ReadFile(log)
		phase := corev1.PodSucceeded
		if err != nil {
			phase = corev1.PodFailed
		}
		k.report(ctx, pod, phase, address, corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: int32(command.ProcessState.ExitCode()), Message: string(message),
		}})
	})
}

// impatience: what a test waits for is a loopback interface.
func (k *kubelet) impatience(mode string) []string {
	if mode == "dial" {
		return []string{"--patience=1s", "--timeout=1s"}
	}
	return nil
}

func (k *kubelet) report(ctx context.Context, pod *corev1.Pod, phase corev1.PodPhase, address string, state corev1.ContainerState) {
	now := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}}
	before := now.DeepCopy()
	now.Status = corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{Name: "probe", State: state}}}
	if address != "" {
		now.Status.PodIP, now.Status.PodIPs = address, []corev1.PodIP{{IP: address}}
	}
	if err := client.IgnoreNotFound(k.kube.Status().Patch(ctx, now, client.MergeFrom(before))); err != nil && ctx.Err() == nil {
		k.t.Errorf("writing the status of %s: %v", pod.Name, err)
	}
}

func isServer(pod *corev1.Pod) bool { return pod.Spec.Containers[0].Command[1] == "serve" }

func portOf(pod *corev1.Pod) string {
	for _, arg := range pod.Spec.Containers[0].Args {
		if port, ok := strings.CutPrefix(arg, "--listen=:"); ok {
			return port
		}
	}
	return ""
}

// noImage is a node that can't pull.
func noImage(k *kubelet, pod *corev1.Pod) bool {
	k.bind(k.t.Context(), pod)
	k.report(k.t.Context(), pod, corev1.PodPending, "", corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such host"}})
	return true
}

// noRoom is a scheduler that finds no room on the node.
func noRoom(k *kubelet, pod *corev1.Pod) bool {
	before := pod.DeepCopy()
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/1 nodes are available: 1 Too many pods."}}
	if err := k.kube.Status().Patch(k.t.Context(), pod, client.MergeFrom(before)); err != nil {
		k.t.Error(err)
	}
	return true
}

// silent servers: their kernel drops every SYN, since the backlog is full.
func silent(k *kubelet, pod *corev1.Pod) bool {
	if !isServer(pod) {
		return false
	}
	k.bind(k.t.Context(), pod)
	address := k.address()
	if err := fullBacklog(k.t, address, portOf(pod)); err != nil {
		k.t.Error(err)
	}
	k.report(k.t.Context(), pod, corev1.PodRunning, address, corev1.ContainerState{Running: &corev1.ContainerStateRunning{}})
	return true
}

func fullBacklog(t *testing.T, address, port string) error {
	config := net.ListenConfig{}
	listener, err := config.Listen(t.Context(), "tcp4", net.JoinHostPort(address, port))
	if err != nil {
		return err
	}
	t.Cleanup(func() { _ = listener.Close() })
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		return err
	}
	// A second listen sets the backlog again.
	if err := raw.Control(func(fd uintptr) { _ = syscall.Listen(int(fd), 0) }); err != nil {
		return err
	}
	for range 3 { // as many as the backlog takes, and more
		if err := occupy(t, listener.Addr().(*net.TCPAddr)); err != nil {
			return err
		}
	}
	return nil
}

// occupy begins a connection, and waits for nothing: on a busy machine a connection that takes its time is none that was refused.
func occupy(t *testing.T, to *net.TCPAddr) error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.SetNonblock(socket, true); err != nil {
		return err
	}
	if err := syscall.Connect(socket, &syscall.SockaddrInet4{Addr: [4]byte(to.IP.To4()), Port: to.Port}); err != nil && !errors.Is(err, syscall.EINPROGRESS) {
		return err
	}
	return nil
}

// behind puts a relay in front of each server, which changes what the path is like.
func behind(relay func(client, server net.Conn), from net.Addr) fault {
	return func(k *kubelet, pod *corev1.Pod) bool {
		if !isServer(pod) {
			return false
		}
		ctx := k.t.Context()
		k.bind(ctx, pod)
		k.runAt(ctx, pod, k.address(), func(outside string) string {
			listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", outside)
			if err != nil {
				k.t.Error(err)
				return outside
			}
			k.t.Cleanup(func() { _ = listener.Close() })
			inside := strings.Replace(outside, "127.1", "127.2", 1) // 127.11.4.1 is in front of 127.21.4.1
			go accept(listener, func(client net.Conn) {
				server, err := (&net.Dialer{LocalAddr: from, Timeout: 5 * time.Second}).DialContext(ctx, "tcp4", inside)
				if err != nil {
					_ = client.Close()
					return
				}
				relay(client, server)
			})
			return inside
		})
		return true
	}
}

func accept(listener net.Listener, serve func(net.Conn)) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go serve(conn)
	}
}

// masquerading is a relay that reaches the server from another address.
func masquerading() fault {
	return behind(func(client, server net.Conn) {
		go func() { _, _ = io.Copy(server, client) }()
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)})
}

// narrow is a relay that lets only small packets to the server through.
func narrow() fault {
	return behind(func(client, server net.Conn) {
		go func() {
			_, _ = io.CopyN(server, client, 2000)
			_, _ = io.Copy(io.Discard, client)
		}()
		_, _ = io.Copy(client, server)
	}, nil)
}
