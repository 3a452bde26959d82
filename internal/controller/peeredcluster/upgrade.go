package peeredcluster

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
)

// upgrading says that somebody is rolling Cilium's agents out; empty when nobody
// is. Agents of different revisions are told by the hash that the DaemonSet's
// controller gives each: its counters also change with each agent of ours. With
// OnDelete agents differ for as long as nobody deletes them, which is no upgrade.
func (p *pass) upgrading() string {
	daemonSet := p.observed.install.DaemonSet
	if daemonSet == nil || daemonSet.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType {
		return ""
	}
	var hashes []string
	for i := range p.observed.install.AgentPods {
		if pod := &p.observed.install.AgentPods[i]; pod.DeletionTimestamp == nil {
			hashes = append(hashes, pod.Labels[appsv1.ControllerRevisionHashLabelKey])
		}
	}
	if len(unique(hashes)) < 2 {
		return ""
	}
	text := fmt.Sprintf("DaemonSet %s/%s has agents of several revisions", daemonSet.Namespace, daemonSet.Name)
	if agents := p.observed.facts.Agents; len(agents) > 1 {
		names := make([]string, 0, len(agents))
		for _, version := range agents {
			names = append(names, version.String())
		}
		slices.Sort(names)
		text += " (Cilium " + strings.Join(names, " and ") + ")"
	}
	return text
}
