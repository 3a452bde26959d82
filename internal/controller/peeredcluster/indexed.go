package peeredcluster

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// indexed is what is asked of an observation for each of hundreds of nodes and
// thousands of pods, and therefore found out once.
type indexed struct {
	agents  map[string][]*corev1.Pod
	budgets podrules.Budgets
	// own are the values that objects of ours set; nil: not read yet.
	own []cilium.Revision
	// named are the nodes by name; see indexNodes.
	named map[string]*corev1.Node
}

// indexNodes comes before any step is carried out: lanes change their nodes side by side, so none may look for its own
// among all.
func (o *observation) indexNodes() {
	o.named = map[string]*corev1.Node{}
	for i := range o.nodes {
		o.named[o.nodes[i].Name] = &o.nodes[i]
	}
}

// nodeNamed finds a node; nil where there is none.
func (o *observation) nodeNamed(name string) *corev1.Node { return o.named[name] }

// cordonedSince is when we cordoned a node; the zero time where we did not.
func (o *observation) cordonedSince(name string) time.Time {
	node := o.nodeNamed(name)
	if node == nil {
		return time.Time{}
	}
	return recordOf(node).CordonedSince()
}

// agentsOn are the agent's pods on a node: two while one is on its way out.
func (o *observation) agentsOn(node string) []*corev1.Pod {
	if o.agents == nil {
		o.agents = map[string][]*corev1.Pod{}
		for i := range o.install.AgentPods {
			pod := &o.install.AgentPods[i]
			if pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded { // evicted by its kubelet, say
				continue
			}
			o.agents[pod.Spec.NodeName] = append(o.agents[pod.Spec.NodeName], pod)
		}
	}
	return o.agents[node]
}

// deadlocks tells which pods a budget never lets go.
func (o *observation) deadlocks() podrules.Budgets {
	if o.indexed.budgets == nil {
		o.indexed.budgets = podrules.IndexBudgets(o.budgets)
	}
	return o.indexed.budgets
}
