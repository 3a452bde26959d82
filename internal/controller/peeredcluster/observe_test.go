package peeredcluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

func TestANodeThatTheAgentsAreNotForIsLeftOut(t *testing.T) {
	agents := daemonSetOf(cilium.DaemonSetName, "cilium-agent", "quay.io/cilium/cilium:v1.18.0")
	agents.Spec.Template.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: "linux"}
	agent := corev1.Pod{Spec: corev1.PodSpec{NodeName: "relabelled"}}
	o := &observation{install: cilium.Install{DaemonSet: agents, AgentPods: []corev1.Pod{agent}}}
	for name, c := range map[string]struct {
		labels map[string]string
		out    bool
	}{
		"linux":      {map[string]string{corev1.LabelOSStable: "linux"}, false},
		"windows":    {map[string]string{corev1.LabelOSStable: "windows"}, true},
		"fargate":    {map[string]string{corev1.LabelOSStable: "linux", "eks.amazonaws.com/compute-type": "fargate"}, true},
		"relabelled": {map[string]string{corev1.LabelOSStable: "other"}, false}, // it has an agent all the same
	} {
		if got := o.without(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: c.labels}}); got != c.out {
			t.Errorf("%s: left out: %t", name, got)
		}
	}
}

// TestADriverKeepsTheInstanceWhateverTheStrategy: a replacement in hand is seen to its end also when the strategy is
// another one by then.
func TestADriverKeepsTheInstanceWhateverTheStrategy(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/i-0123456789abcdef0"}}
	instances := map[string]rollout.Instance{"i-0123456789abcdef0": {ID: "i-0123456789abcdef0", Group: "nodes"}}
	for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutReplaceNodes, v1alpha1.RolloutRecyclePods, v1alpha1.RolloutRestartAgents} {
		p := &pass{mechanism: rollout.Mechanism{Strategy: strategy}}
		if _, _, instance := p.driverOf(node, instances); instance.Group != "nodes" {
			t.Errorf("%s: the instance is %+v", strategy, instance)
		}
	}
}
