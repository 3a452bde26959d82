package clusterview

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/message"
)

func onDelete(daemonSet *appsv1.DaemonSet) bool {
	return daemonSet.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType
}

// UpgradePending says that an agent which restarts would get more than a new value;
// empty when it would not. With OnDelete the DaemonSet's pod template may have changed
// long ago: whoever deletes an agent, for whatever reason, also updates Cilium.
func (v *View) UpgradePending() string {
	daemonSet := v.Install.DaemonSet
	if daemonSet == nil || !onDelete(daemonSet) {
		return ""
	}
	outdated, from := v.outdatedAgents()
	if outdated == 0 {
		return ""
	}
	says := fmt.Sprintf("the pod template of DaemonSet %s/%s (updateStrategy OnDelete) differs from what %s on %s", daemonSet.Namespace, daemonSet.Name,
		message.Verb(outdated, "the agent runs", "the agents run"), message.Count(outdated, "node"))
	if to := v.Facts.Version; len(from) > 0 {
		says += fmt.Sprintf(", so an agent that restarts would go from Cilium %s to %s", strings.Join(from, " or "), to)
	}
	return says
}

// outdatedAgents counts the agents that are not of the pod template, and names their versions where those
// differ. The DaemonSet's controller knows best; before it has looked, versions say something.
func (v *View) outdatedAgents() (count int, versions []string) {
	status := v.Install.DaemonSet.Status
	for _, pod := range v.liveAgents() {
		version := cilium.AgentFromPod(pod).Version
		if pod.DeletionTimestamp != nil || version == v.Facts.Version {
			continue
		}
		count++
		if !slices.Contains(versions, version.String()) {
			versions = append(versions, version.String())
		}
	}
	slices.Sort(versions)
	if judged := status.ObservedGeneration > 0 && status.ObservedGeneration >= v.Install.DaemonSet.Generation; judged {
		count = int(max(0, status.CurrentNumberScheduled-status.UpdatedNumberScheduled))
	}
	return count, versions
}
