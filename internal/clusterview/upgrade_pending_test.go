package clusterview

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

func TestAnUpdateThatWaitsForAgentsToBeDeletedIsSaid(t *testing.T) {
	t.Parallel()
	type status = appsv1.DaemonSetStatus
	agents := func(tags ...string) []corev1.Pod {
		var pods []corev1.Pod
		for _, tag := range tags {
			pods = append(pods, corev1.Pod{Spec: corev1.PodSpec{NodeName: tag, Containers: []corev1.Container{{Name: "cilium-agent", Image: "mirror.example/cilium:" + tag}}}})
		}
		return pods
	}
	leaving := agents("v1.18.0")
	leaving[0].DeletionTimestamp = &metav1.Time{}
	for name, c := range map[string]struct {
		strategy appsv1.DaemonSetUpdateStrategyType
		status   status
		agents   []corev1.Pod
		says     string
	}{
		"another version":                     {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 2, CurrentNumberScheduled: 3, UpdatedNumberScheduled: 1}, agents("v1.19.7", "v1.18.0", "v1.18.0"), "differs from what the agents run on 2 nodes, so an agent that restarts would go from Cilium 1.18.0 to 1.19.7"},
		"versions that differ":                {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 2, CurrentNumberScheduled: 2}, agents("v1.18.4", "v1.18.0"), "would go from Cilium 1.18.0 or 1.18.4 to 1.19.7"},
		"the same version, changed otherwise": {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 2, CurrentNumberScheduled: 1}, agents("v1.19.7"), "differs from what the agent runs on 1 node"},
		"nothing":                             {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 2, CurrentNumberScheduled: 1, UpdatedNumberScheduled: 1}, agents("v1.19.7"), ""},
		"an agent that is away for a moment":  {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 2, DesiredNumberScheduled: 2, CurrentNumberScheduled: 1, UpdatedNumberScheduled: 1}, agents("v1.19.7"), ""},
		"before the controller has looked":    {appsv1.OnDeleteDaemonSetStrategyType, status{ObservedGeneration: 1, CurrentNumberScheduled: 1, UpdatedNumberScheduled: 1}, agents("v1.18.0"), "on 1 node, so an agent"},
		"where no controller looks":           {appsv1.OnDeleteDaemonSetStrategyType, status{}, agents("v1.18.0"), "on 1 node, so an agent"},
		"an agent that is on its way out":     {appsv1.OnDeleteDaemonSetStrategyType, status{}, leaving, ""},
		"a rolling update is none of this":    {appsv1.RollingUpdateDaemonSetStrategyType, status{ObservedGeneration: 2, CurrentNumberScheduled: 3}, agents("v1.18.0"), ""},
		"so is a strategy that is not set":    {"", status{ObservedGeneration: 2, CurrentNumberScheduled: 3}, agents("v1.18.0"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			daemonSet := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium", Generation: 2}, Status: c.status}
			daemonSet.Spec.UpdateStrategy.Type = c.strategy
			daemonSet.Spec.Template.Spec.Containers = []corev1.Container{{Name: "cilium-agent", Image: "quay.io/cilium/cilium:v1.19.7"}}
			v := &View{Install: cilium.Install{DaemonSet: daemonSet, AgentPods: c.agents}}
			v.Facts = cilium.Observe(v.Install)
			if got := v.UpgradePending(); !strings.Contains(got, c.says) || c.says == "" && got != "" {
				t.Errorf("%q, want %q in it", got, c.says)
			}
		})
	}
}
