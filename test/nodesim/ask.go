package nodesim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Reaches says whether a pod and every one of the peer's blocks can talk, as far as the pod's own node decides it: the
// first block that can't decides.
func (s *Sim) Reaches(pod *corev1.Pod, peer ...netip.Prefix) Verdict {
	if pod.Spec.HostNetwork {
		return Verdict{true, true, "uses the node's own network"}
	}
	var rules Rules
	if err := json.Unmarshal([]byte(pod.Annotations[BornWithAnnotation]), &rules); err != nil {
		return Verdict{Why: "has no network yet"}
	}
	kernel := s.kernel(pod.Spec.NodeName)
	if kernel == nil {
		return Verdict{Why: fmt.Sprintf("node %q has no network", pod.Spec.NodeName)}
	}
	verdict := Verdict{true, true, "no block asked for"}
	for _, block := range peer {
		if verdict = Reach(rules, *kernel, block); !verdict.Both() {
			return verdict
		}
	}
	return verdict
}

func (s *Sim) kernel(node string) *Datapath {
	m := s.machineOf(node)
	if m == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.kernel
}

// Reachability counts pods by what they can do.
type Reachability struct {
	// Pods that run, outside the host network and the namespace kube-system.
	Pods int
	// Both directions work; only Out does; or Neither.
	Both, OutOnly, Neither int
}

// Reachability asks every pod of the cluster.
func (s *Sim) Reachability(ctx context.Context, peer ...netip.Prefix) (Reachability, error) {
	var pods corev1.PodList
	if err := s.client.List(ctx, &pods); err != nil {
		return Reachability{}, fmt.Errorf("list pods: %w", err)
	}
	var r Reachability
	for i := range pods.Items {
		pod := &pods.Items[i]
		if pod.Namespace == Namespace || pod.Spec.HostNetwork || pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		r.Pods++
		switch verdict := s.Reaches(pod, peer...); {
		case verdict.Both():
			r.Both++
		case verdict.Out:
			r.OutOnly++
		default:
			r.Neither++
		}
	}
	return r, nil
}

// Nodes is how many nodes are registered and how many of them have an agent that is Ready.
func (s *Sim) Nodes() (registered, ready int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.machines {
		if m.node != "" && !m.leaving {
			registered++
		}
		if m.agent != nil && m.agent.ready && !m.leaving {
			ready++
		}
	}
	return registered, ready
}

// WaitForNodes waits until exactly so many nodes are there, each with an agent that is Ready.
func (s *Sim) WaitForNodes(ctx context.Context, n int) error {
	for {
		registered, ready := s.Nodes()
		if registered == n && ready == n {
			return nil
		}
		if !pause(ctx, notYet) {
			return fmt.Errorf("wait for %d nodes of %s: %d are registered and %d agents Ready: %w", n, s.cluster.Name, registered, ready, ctx.Err())
		}
	}
}

// Client reads the cluster through nodesim's cache and writes to it as the administrator.
func (s *Sim) Client() client.Client { return s.client }
