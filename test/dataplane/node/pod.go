package node

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
)

// Pod is a network namespace that cilium-cni has set up.
type Pod struct {
	*netspace.Namespace
	// ID of its container.
	ID string
	// Of Kubernetes.
	PodNamespace, PodName string
	Address               netip.Addr
	Node                  *Node
	// deleteError is guarded by the node's mutex: the agent's socket serves others.
	deleteError error
}

// DeleteError is what Cilium's library said when it removed the pod's rules.
func (p *Pod) DeleteError() error {
	p.Node.mu.Lock()
	defer p.Node.mu.Unlock()
	return p.deleteError
}

var containers atomic.Uint64

// AddPod makes a pod with an address of one of the node's interfaces. Its rules are those of the agent that runs now.
func (n *Node) AddPod(name string, address netip.Addr) (*Pod, error) {
	namespace, podName, ok := strings.Cut(name, "/")
	if !ok {
		namespace, podName = "default", name
	}
	ns, err := netspace.New(podName)
	if err != nil {
		return nil, err
	}
	pod := &Pod{
		Namespace: ns, ID: fmt.Sprintf("c%08d", containers.Add(1)), PodNamespace: namespace, PodName: podName, Address: address, Node: n,
	}
	n.mu.Lock()
	n.pods[pod.ID] = pod
	n.mu.Unlock()
	if err := n.plugin("ADD", pod); err != nil {
		n.forget(pod)
		return nil, errors.Join(err, pod.close())
	}
	return pod, nil
}

// DeletePod ends a pod.
func (n *Node) DeletePod(pod *Pod) error {
	err := n.plugin("DEL", pod)
	n.forget(pod)
	return errors.Join(err, pod.close())
}

func (n *Node) forget(pod *Pod) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.pods, pod.ID)
}

func (p *Pod) close() error { return p.Namespace.Close() }

// podNamed finds a pod by namespace and name.
func (n *Node) podNamed(owner string) *Pod {
	for _, pod := range n.Pods() {
		if pod.PodNamespace+"/"+pod.PodName == owner {
			return pod
		}
	}
	return nil
}
