package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/test/dataplane/container"
)

// The pods whose program the lab runs for real: crossvpc's probes, by their label (internal/verification/pods.go). kwok
// leaves them alone (test/controlplane/stages.yaml); all others only have the namespace, and answer HTTP in it.
const (
	nameLabel   = "app.kubernetes.io/name"
	probesLabel = "crossvpc-probe"
)

func isProbe(pod *corev1.Pod) bool {
	return pod.Labels[nameLabel] == probesLabel && pod.Spec.NodeName != ""
}

// runProbe does what a kubelet does for a pod with one container: it has the CNI make its network, starts the program,
// and writes the status, whose last word is the termination message.
func (m *machine) runProbe(ctx context.Context, object *corev1.Pod) error {
	uid := string(object.UID)
	m.mu.Lock()
	gone := m.seen[uid+"/gone"]
	m.mu.Unlock()
	if gone || len(object.Spec.Containers) != 1 || len(object.Spec.Containers[0].Command) == 0 {
		return nil
	}
	address, err := m.freeAddress()
	if err != nil {
		return err
	}
	made, err := m.node.AddPod(object.Namespace+"/"+object.Name, address)
	if err != nil {
		return err // until the agent is up
	}
	if security := object.Spec.SecurityContext; security != nil {
		for _, sysctl := range security.Sysctls {
			if err := made.Sysctls(map[string]string{strings.TrimPrefix(sysctl.Name, "net.ipv4."): sysctl.Value}); err != nil {
				return err
			}
		}
	}
	first := object.Spec.Containers[0]
	program, err := container.Start(made.Namespace, m.cluster.program, append(first.Command[1:], first.Args...)...)
	if err != nil {
		return err
	}
	ended := make(chan struct{})
	m.mu.Lock()
	m.pods[uid] = &pod{Pod: made, stop: func() {
		program.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(time.Second):
			program.Signal(syscall.SIGKILL)
			<-ended
		}
	}}
	m.mu.Unlock()
	status := runningStatus(object, m.hostAddress(), address, time.Now())
	if err := m.cluster.writeStatus(ctx, object, status); err != nil {
		m.cluster.log.Warn("status", "pod", object.Name, "reason", err)
	}
	m.cluster.done.Go(func() {
		defer close(ended)
		m.follow(ctx, object, program, status)
	})
	return nil
}

// follow waits for the program's end, and ends it at the pod's deadline.
func (m *machine) follow(ctx context.Context, object *corev1.Pod, program *container.Container, status corev1.PodStatus) {
	expired := false
	if deadline := object.Spec.ActiveDeadlineSeconds; deadline != nil {
		timer := time.AfterFunc(time.Duration(*deadline)*time.Second, func() {
			expired = true
			program.Signal(syscall.SIGKILL)
		})
		defer timer.Stop()
	}
	code, message, err := program.Wait()
	if err != nil {
		m.cluster.log.Warn("container", "pod", object.Name, "reason", err)
	}
	status = endedStatus(status, code, message, time.Now())
	if expired {
		status.Phase, status.Reason, status.Message = corev1.PodFailed, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
	}
	if err := m.cluster.writeStatus(context.WithoutCancel(ctx), object, status); err != nil {
		m.cluster.log.Info("status", "pod", object.Name, "reason", err)
	}
}

// freeAddress is one of the last interface that no pod of the machine has: from the end, for others count from the front.
func (m *machine) freeAddress() (netip.Addr, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	devices := m.node.Devices
	secondary := devices[len(devices)-1].Secondary
	taken := map[netip.Addr]bool{m.node.Router: true}
	for _, p := range m.pods {
		taken[p.Address] = true
	}
	for address := lastAddress(secondary); secondary[len(secondary)-1].Contains(address); address = address.Prev() {
		if !taken[address] {
			return address, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("no address is free on %s", m.name)
}

func (m *machine) hostAddress() string { return m.node.Devices[0].Address.String() }

// endProbe stops the program and lets the pod go, as the kubelet does when somebody has deleted it.
func (m *machine) endProbe(ctx context.Context, object *corev1.Pod, gone bool) error {
	if err := m.deletePod(string(object.UID)); err != nil || gone {
		return err
	}
	return m.cluster.letGo(ctx, object)
}
