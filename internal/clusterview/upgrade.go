package clusterview

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/message"
)

// Upgrading says that somebody is rolling Cilium's agents out; empty when nobody
// is. Agents of different revisions are told by the hash that the DaemonSet's
// controller gives each: its counters also change with each agent of ours. With
// OnDelete agents differ for as long as nobody deletes them: see UpgradePending.
func (v *View) Upgrading() string {
	daemonSet := v.Install.DaemonSet
	if daemonSet == nil || onDelete(daemonSet) {
		return ""
	}
	older := olderAgents(v.Install.AgentPods)
	if len(older) == 0 {
		return ""
	}
	return fmt.Sprintf("DaemonSet %s/%s (Cilium %s) still runs older agents on %s",
		daemonSet.Namespace, daemonSet.Name, v.Facts.Version, message.List(older))
}

// olderAgents names the nodes whose agent is of another revision than the newest agent.
func olderAgents(agents []corev1.Pod) []string {
	var newest *corev1.Pod
	live := map[string]*corev1.Pod{}
	for i := range agents {
		pod := &agents[i]
		if pod.DeletionTimestamp != nil || pod.Spec.NodeName == "" {
			continue
		}
		live[pod.Spec.NodeName] = pod
		if newest == nil || pod.CreationTimestamp.After(newest.CreationTimestamp.Time) {
			newest = pod
		}
	}
	var older []string
	for node, pod := range live {
		if pod.Labels[appsv1.ControllerRevisionHashLabelKey] != newest.Labels[appsv1.ControllerRevisionHashLabelKey] {
			older = append(older, node)
		}
	}
	slices.Sort(older)
	return older
}
