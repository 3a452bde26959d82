package clusterview

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// agentsOfCharts is a DaemonSet with the node affinity of Cilium's chart.
func agentsOfCharts(change func(*corev1.PodSpec)) *appsv1.DaemonSet {
	agents := &appsv1.DaemonSet{}
	agents.Spec.Template.Spec = corev1.PodSpec{HostNetwork: true, NodeSelector: map[string]string{corev1.LabelOSStable: "linux"}, Affinity: requires(
		corev1.NodeSelectorRequirement{Key: "cilium.io/no-schedule", Operator: corev1.NodeSelectorOpNotIn, Values: []string{"true"}},
	)}
	change(&agents.Spec.Template.Spec)
	return agents
}

func requires(expressions ...corev1.NodeSelectorRequirement) *corev1.Affinity {
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
		NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: expressions}},
	}}}
}

func linuxNode(change func(*corev1.Node)) *corev1.Node {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{corev1.LabelOSStable: "linux"}}}
	change(node)
	return node
}

func labelled(key, value string) func(*corev1.Node) {
	return func(node *corev1.Node) { node.Labels[key] = value }
}

func tainted(key string, effect corev1.TaintEffect) func(*corev1.Node) {
	return func(node *corev1.Node) { node.Spec.Taints = []corev1.Taint{{Key: key, Effect: effect}} }
}

func TestANodeThatTheDaemonSetPutsNoAgentOnIsLeftOutForWhateverReason(t *testing.T) {
	t.Parallel()
	asIs := func(*corev1.PodSpec) {}
	tolerates := func(list ...corev1.Toleration) func(*corev1.PodSpec) {
		return func(spec *corev1.PodSpec) { spec.Tolerations = list }
	}
	for name, c := range map[string]struct {
		agents func(*corev1.PodSpec)
		node   func(*corev1.Node)
		out    bool
	}{
		"a node like any other":                    {asIs, func(*corev1.Node) {}, false},
		"another system, by node selector":         {asIs, labelled(corev1.LabelOSStable, "windows"), true},
		"cilium.io/no-schedule, by node affinity":  {asIs, labelled("cilium.io/no-schedule", "true"), true},
		"cilium.io/no-schedule with another value": {asIs, labelled("cilium.io/no-schedule", "false"), false},
		"an affinity for a label that is missing": {func(s *corev1.PodSpec) {
			s.Affinity = requires(corev1.NodeSelectorRequirement{Key: "pool", Operator: corev1.NodeSelectorOpExists})
		}, func(*corev1.Node) {}, true},
		"an affinity for a greater number": {func(s *corev1.PodSpec) {
			s.Affinity = requires(corev1.NodeSelectorRequirement{Key: "rank", Operator: corev1.NodeSelectorOpGt, Values: []string{"2"}})
		}, labelled("rank", "3"), false},
		"an affinity without terms selects nothing": {func(s *corev1.PodSpec) {
			s.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms = nil
		}, func(*corev1.Node) {}, true},
		"an affinity that is only a preference": {func(s *corev1.PodSpec) {
			s.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: []corev1.PreferredSchedulingTerm{{Weight: 1}}}}
		}, func(*corev1.Node) {}, false},
		"another node by name":                          {func(s *corev1.PodSpec) { s.NodeName = "m" }, func(*corev1.Node) {}, true},
		"a taint that is not tolerated":                 {asIs, tainted("dedicated", corev1.TaintEffectNoSchedule), true},
		"a taint that also evicts":                      {asIs, tainted("dedicated", corev1.TaintEffectNoExecute), true},
		"a taint that is only a preference":             {asIs, tainted("dedicated", corev1.TaintEffectPreferNoSchedule), false},
		"a taint that is tolerated by its key":          {tolerates(corev1.Toleration{Key: "dedicated", Operator: corev1.TolerationOpExists}), tainted("dedicated", corev1.TaintEffectNoSchedule), false},
		"a taint that is tolerated with another effect": {tolerates(corev1.Toleration{Key: "dedicated", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute}), tainted("dedicated", corev1.TaintEffectNoSchedule), true},
		"every taint is tolerated, as by the chart":     {tolerates(corev1.Toleration{Operator: corev1.TolerationOpExists}), tainted("dedicated", corev1.TaintEffectNoExecute), false},
		"a cordon":                 {asIs, tainted(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule), false},
		"a node that is not Ready": {asIs, tainted(corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute), false},
		"a node that is not Ready, for the scheduler":   {asIs, tainted(corev1.TaintNodeNotReady, corev1.TaintEffectNoSchedule), false}, // it is missing (N1)
		"a node that is not reached, for the scheduler": {asIs, tainted(corev1.TaintNodeUnreachable, corev1.TaintEffectNoSchedule), false},
		"a node that boots":                             {asIs, tainted("node.cloudprovider.kubernetes.io/uninitialized", corev1.TaintEffectNoSchedule), false},
		"a node that somebody removes":                  {asIs, tainted("ToBeDeletedByClusterAutoscaler", corev1.TaintEffectNoSchedule), false},
		"a node that is out of service":                 {asIs, tainted(corev1.TaintNodeOutOfService, corev1.TaintEffectNoExecute), false},
		"a node that is not reached":                    {asIs, tainted(corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute), false},
		"a node under pressure for its disk":            {asIs, tainted(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule), false},
		"a node under pressure for its memory":          {asIs, tainted(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule), false},
		"a node under pressure for its processes":       {asIs, tainted(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule), false},
		"a node without network":                        {asIs, tainted(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule), false},
		"a node without network, off the host's":        {func(s *corev1.PodSpec) { s.HostNetwork = false }, tainted(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule), false},
		"a node that we hold stays in sight": {asIs, func(n *corev1.Node) {
			tainted("dedicated", corev1.TaintEffectNoExecute)(n)
			n.Annotations = map[string]string{rollout.Annotation: `{"revision":"r1","cordoned":true}`}
		}, false},
		"a node that we held once does not": {asIs, func(n *corev1.Node) {
			tainted("dedicated", corev1.TaintEffectNoExecute)(n)
			n.Annotations = map[string]string{rollout.Annotation: `{"revision":"r1"}`}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node := linuxNode(c.node)
			without := &View{Install: cilium.Install{DaemonSet: agentsOfCharts(c.agents)}}
			if got := without.RunsNoAgent(node); got != c.out {
				t.Errorf("left out: %t, want %t (%s)", got, c.out, without.agentBarred(node))
			}
			with := &View{Install: cilium.Install{DaemonSet: agentsOfCharts(c.agents), AgentPods: []corev1.Pod{{Spec: corev1.PodSpec{NodeName: "n"}}}}}
			if with.RunsNoAgent(node) {
				t.Error("it has an agent all the same")
			}
		})
	}
}
