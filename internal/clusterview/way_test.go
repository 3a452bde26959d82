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
