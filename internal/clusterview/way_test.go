package clusterview

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// TestANodeKeepsItsInstanceWhateverTheStrategy: a replacement in progress is seen to its end also when the strategy is
// another one by then.
func TestANodeKeepsItsInstanceWhateverTheStrategy(t *testing.T) {
	node := &corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/i-0123456789abcdef0"}}
	instances := map[string]rollout.Instance{"i-0123456789abcdef0": {ID: "i-0123456789abcdef0", Group: "nodes"}}
	for _, strategy := range []v1alpha1.RolloutStrategy{v1alpha1.RolloutReplaceNodes, v1alpha1.RolloutRecyclePods, v1alpha1.RolloutRestartAgents} {
		var shown rollout.Node
		new(View).showWay(Question{Choice: rollout.Choice{Strategy: strategy}, Instances: instances}, node, &shown)
		if shown.Instance.Group != "nodes" {
			t.Errorf("%s: the instance is %+v", strategy, shown.Instance)
		}
	}
}

func TestAStoppedNodeOfAWarmPoolIsNotLeaving(t *testing.T) {
	const id = "i-0123456789abcdef0"
	node := corev1.Node{Spec: corev1.NodeSpec{ProviderID: "aws:///eu-west-1a/" + id, Taints: []corev1.Taint{{Key: "node.cloudprovider.kubernetes.io/shutdown", Effect: corev1.TaintEffectNoSchedule}}}}
	for name, c := range map[string]struct {
		instances map[string]rollout.Instance
		leaving   bool
	}{
		"of a warm pool":       {map[string]rollout.Instance{id: {ID: id, Group: "nodes", Warm: true}}, false},
		"in service, but off":  {map[string]rollout.Instance{id: {ID: id, Group: "nodes"}}, true},
		"nobody knows":         {nil, true},
		"warm, and on its way": {map[string]rollout.Instance{id: {ID: id, Group: "nodes", Warm: true, Leaving: true}}, true},
	} {
		var shown rollout.Node
		v := &View{Nodes: []corev1.Node{node}}
		v.showWay(Question{Choice: rollout.Choice{Strategy: v1alpha1.RolloutRecyclePods}, Instances: c.instances}, &node, &shown)
		if shown.Instance.Leaving != c.leaving {
			t.Errorf("%s: leaving %t, want %t", name, shown.Instance.Leaving, c.leaving)
		}
		if ids := v.StoppedInstanceIDs(); len(ids) != 1 || ids[0] != id {
			t.Errorf("%s: stopped are %v", name, ids)
		}
	}
	if ids := (&View{Nodes: []corev1.Node{{Spec: corev1.NodeSpec{ProviderID: node.Spec.ProviderID}}}}).StoppedInstanceIDs(); len(ids) > 0 {
		t.Errorf("a node that runs is stopped: %v", ids)
	}
}
