package clusterview

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
)

// index is what is asked of a view for each of hundreds of nodes and thousands of
// pods, and therefore found out once.
type index struct {
	agents map[string][]*corev1.Pod
	// placement is where agents are to run.
	placement *placement
	budgets   podrules.Budgets
	// own are the values that objects of ours set; nil: not read yet.
	own []cilium.Revision
	// named are the nodes by name; see IndexNodes.
	named map[string]*corev1.Node
}

// IndexNodes comes before any step is carried out: lanes change their nodes side by
// side, so none may look for its own among all.
func (v *View) IndexNodes() {
	v.index.named = map[string]*corev1.Node{}
	for i := range v.Nodes {
		v.index.named[v.Nodes[i].Name] = &v.Nodes[i]
	}
}

// NodeNamed finds a node; nil where there is none.
func (v *View) NodeNamed(name string) *corev1.Node { return v.index.named[name] }

// CordonedSince is when we cordoned a node; the zero time where we did not.
func (v *View) CordonedSince(name string) time.Time {
	node := v.NodeNamed(name)
	if node == nil {
		return time.Time{}
	}
	return RecordOf(node).CordonedSince()
}

// RecordOf is our record on a node. An annotation that can't be read counts as none,
// so that a cordon beside it counts as somebody else's (N3).
func RecordOf(node *corev1.Node) *rollout.Record {
	value, marked := node.Annotations[rollout.Annotation]
	if !marked {
		return nil
	}
	record, err := rollout.ParseRecord(value)
	if err != nil {
		return nil
	}
	return record
}

// LeavingOn are the pods of a node that a drain has to remove.
func (v *View) LeavingOn(node string) []*corev1.Pod {
	cordoned := v.CordonedSince(node)
	return v.podsOn(node, func(pod *corev1.Pod) bool { return podrules.Leaves(pod, cordoned) })
}

// StrandedOn are the pods that a drain leaves on a node, and that are older than its agent.
func (v *View) StrandedOn(node string) []*corev1.Pod {
	agent, cordoned := v.AgentPod(node), v.CordonedSince(node)
	return v.podsOn(node, func(pod *corev1.Pod) bool { return podrules.Stays(pod, cordoned) && stranded(pod, agent) })
}

func (v *View) podsOn(node string, which func(*corev1.Pod) bool) []*corev1.Pod {
	var pods []*corev1.Pod
	for i := range v.Pods {
		if pod := &v.Pods[i]; pod.Spec.NodeName == node && which(pod) {
			pods = append(pods, pod)
		}
	}
	return pods
}

// PodsByNode are the pods by the name of their node.
func (v *View) PodsByNode() map[string][]*corev1.Pod {
	found := map[string][]*corev1.Pod{}
	for i := range v.Pods {
		found[v.Pods[i].Spec.NodeName] = append(found[v.Pods[i].Spec.NodeName], &v.Pods[i])
	}
	return found
}

// deadlocks tells which pods a budget never lets go.
func (v *View) deadlocks() podrules.Budgets {
	if v.index.budgets == nil {
		v.index.budgets = podrules.IndexBudgets(v.Budgets)
	}
	return v.index.budgets
}

// OwnRevisions are the values that objects of ours set now. One that somebody
// edited beyond recognition is left out, and is then written again or removed.
func (v *View) OwnRevisions() []cilium.Revision {
	if v.index.own == nil {
		v.index.own = v.readOwnRevisions()
	}
	return v.index.own
}

func (v *View) readOwnRevisions() []cilium.Revision {
	revisions := []cilium.Revision{}
	for _, config := range v.Install.Objects.NodeConfigs {
		if !v.Install.Owner.Classify(config).Ours() {
			continue
		}
		if revision, err := cilium.ReadRevision(config); err == nil {
			revisions = append(revisions, revision)
		}
	}
	return revisions
}
