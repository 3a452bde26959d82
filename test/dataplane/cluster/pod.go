package cluster

import (
	"context"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/test/dataplane/lab"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

// pod is a pod that runs, and answers HTTP.
type pod struct {
	*node.Pod
	// app is the label of that name.
	app  string
	stop func()
}

// startAgent starts the agent of a pod with what its init container reads now.
func (m *machine) startAgent(ctx context.Context, object *corev1.Pod) error {
	m.mu.Lock()
	labels, gone := m.labels, m.seen[string(object.UID)+"/gone"]
	m.mu.Unlock()
	if gone {
		return nil
	}
	values, err := m.cluster.readConfig(ctx, labels)
	if err != nil {
		return err
	}
	config, err := agentConfig(values, object.Spec.Containers[0].Image)
	if err == nil {
		err = m.node.StartAgent(config)
	}
	if err != nil {
		// It crash-loops with what it has read: only another pod reads again.
		m.cluster.log.Warn("agent exits", "node", m.name, "reason", err)
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agentUID = string(object.UID)
	return nil
}

// stopAgent ends the agent of a pod, unless another one runs by now.
func (m *machine) stopAgent(uid string) {
	m.mu.Lock()
	current := m.agentUID == uid
	m.mu.Unlock()
	if current {
		m.node.StopAgent()
	}
}

// addPod has cilium-cni set up a pod, and serves in it. The address is the one in its status.
func (m *machine) addPod(object *corev1.Pod) error {
	uid := string(object.UID)
	m.mu.Lock()
	gone := m.seen[uid+"/gone"]
	m.mu.Unlock()
	if gone {
		return nil
	}
	address, err := netip.ParseAddr(object.Status.PodIP)
	if err != nil {
		return fmt.Errorf("pod %s: %w", object.Name, err)
	}
	if err := m.deletePod(uid); err != nil {
		return err
	}
	made, err := m.node.AddPod(object.Namespace+"/"+object.Name, address)
	if err != nil {
		return err
	}
	stop, err := lab.Serve(made.Namespace)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pods[uid] = &pod{Pod: made, app: object.Labels["app"], stop: stop}
	return nil
}

func (m *machine) deletePod(uid string) error {
	m.mu.Lock()
	found := m.pods[uid]
	m.mu.Unlock()
	if found == nil {
		return nil
	}
	found.stop()
	if err := m.node.DeletePod(found.Pod); err != nil {
		// As on a node without an agent: the plugin notes it, and the pod is gone.
		m.cluster.log.Info("delete pod", "pod", found.Name, "reason", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.pods, uid)
	return nil
}
